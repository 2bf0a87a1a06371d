"""Mix and master advice: what a song or a set of tracks measures, and what would bring it closer to its genre.

Task: meters, genre and instruments become suggestions with reasons.
Conventions: audio is [C, T] float32, full scale ±1; levels in dB, loudness in LUFS; bounds and sources beside values.
Names are fetched when they are first asked for: the front door's `inspect` lies in this house, and opens faster so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mixassist.late_names import late_names as _late_names

if TYPE_CHECKING:
    from mixassist.suggest.advice import MasterAdvice, MixAdvice
    from mixassist.suggest.master import MasterOptions, suggest_master
    from mixassist.suggest.mix import suggest_mix
    from mixassist.suggest.multitrack import MixOptions

__all__ = ["MasterAdvice", "MasterOptions", "MixAdvice", "MixOptions", "suggest_master", "suggest_mix"]

__getattr__, __dir__ = _late_names(
    __name__,
    {
        "MasterAdvice": "advice",
        "MasterOptions": "master",
        "MixAdvice": "advice",
        "MixOptions": "multitrack",
        "suggest_master": "master",
        "suggest_mix": "mix",
    },
)
