"""Timbre transfer: play or sing, and sound as another, by models that name whose sound they learned.

Names are fetched when they are first asked for: who plays need not hold what trains in memory.
"""

from __future__ import annotations

from importlib import import_module as _import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from transfer.controls.matching import MatchOptions
    from transfer.dataset.building import build_dataset
    from transfer.learning import train
    from transfer.timbre import Timbre, load_timbre

__all__ = ["MatchOptions", "Timbre", "build_dataset", "load_timbre", "train"]

_HOMES = {
    "MatchOptions": "controls.matching",
    "Timbre": "timbre",
    "build_dataset": "dataset.building",
    "load_timbre": "timbre",
    "train": "learning",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
