"""Separation: finished songs into stems, rooms and noise away from recordings, and other rooms in.

Names are fetched when they are first asked for: who separates need not hold what takes noise away in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mixassist.late_names import late_names as _late_names

if TYPE_CHECKING:
    from separation.denoising import denoise
    from separation.dereverb import dereverberate
    from separation.options import SeparationOptions
    from separation.rooms.placing import respace
    from separation.separator import Separator, separate

__all__ = ["SeparationOptions", "Separator", "denoise", "dereverberate", "respace", "separate"]

__getattr__, __dir__ = _late_names(
    __name__,
    {
        "SeparationOptions": "options",
        "Separator": "separator",
        "denoise": "denoising",
        "dereverberate": "dereverb",
        "respace": "rooms.placing",
        "separate": "separator",
    },
)
