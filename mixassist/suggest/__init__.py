"""Mix and master advice: what a song or a set of tracks measures, and what would bring it closer to its genre.

Task: meters, genre and instruments become suggestions with reasons.
Conventions: audio is [C, T] float32, full scale ±1; levels in dB, loudness in LUFS; bounds and sources beside values.
Names are fetched when they are first asked for: the front door's `inspect` lies in this house, and opens faster so.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mixassist.suggest.advice import MasterAdvice, MixAdvice
    from mixassist.suggest.master import MasterOptions, suggest_master
    from mixassist.suggest.mix import suggest_mix
    from mixassist.suggest.multitrack import MixOptions

__all__ = ["MasterAdvice", "MasterOptions", "MixAdvice", "MixOptions", "suggest_master", "suggest_mix"]

_HOMES = {
    "MasterAdvice": "advice",
    "MasterOptions": "master",
    "MixAdvice": "advice",
    "MixOptions": "multitrack",
    "suggest_master": "master",
    "suggest_mix": "mix",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
