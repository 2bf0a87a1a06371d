"""Amp models: captured amps to play through, and pairs of recordings to learn new ones from.

Names are fetched when they are first asked for: who plays need not hold what captures in memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mixassist.late_names import late_names as _late_names

if TYPE_CHECKING:
    from amp_models.capturing.run import capture
    from amp_models.pairs.check import PairReport, check_pair
    from amp_models.playing.amp import Amp, load_amp
    from amp_models.playing.play_path import PlayOptions

__all__ = ["Amp", "PairReport", "PlayOptions", "capture", "check_pair", "load_amp"]

__getattr__, __dir__ = _late_names(
    __name__,
    {
        "Amp": "playing.amp",
        "PairReport": "pairs.check",
        "PlayOptions": "playing.play_path",
        "capture": "capturing.run",
        "check_pair": "pairs.check",
        "load_amp": "playing.amp",
    },
)
