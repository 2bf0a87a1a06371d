"""Separation: finished songs into stems, rooms and noise away from recordings, and other rooms in.

Names are fetched when they are first asked for: who separates need not hold what takes noise away in memory.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from separation.denoising import denoise
    from separation.dereverb import dereverberate
    from separation.options import SeparationOptions
    from separation.rooms.placing import respace
    from separation.separator import Separator, separate

__all__ = ["SeparationOptions", "Separator", "denoise", "dereverberate", "respace", "separate"]

_HOMES = {
    "SeparationOptions": "options",
    "Separator": "separator",
    "denoise": "denoising",
    "dereverberate": "dereverb",
    "respace": "rooms.placing",
    "separate": "separator",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
