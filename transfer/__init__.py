"""Timbre transfer: play or sing, and sound as another, by models that name whose sound they learned.

Names are fetched when they are first asked for: who plays need not hold what trains in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mixassist.late_names import late_names as _late_names

if TYPE_CHECKING:
    from transfer.controls.matching import MatchOptions
    from transfer.dataset.building import build_dataset
    from transfer.learning import train
    from transfer.timbre import Timbre, load_timbre

__all__ = ["MatchOptions", "Timbre", "build_dataset", "load_timbre", "train"]

__getattr__, __dir__ = _late_names(
    __name__,
    {
        "MatchOptions": "controls.matching",
        "Timbre": "timbre",
        "build_dataset": "dataset.building",
        "load_timbre": "timbre",
        "train": "learning",
    },
)
