"""A gate with linked channels: what lies below a threshold, between hits, sinks by a range.

Levels are the rms of hops of a millisecond, so that a hit opens the gate at its first one. The hold bridges the zeros
of low notes, whose every half wave is longer than a hop; then gain falls with the release.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mixassist.dsp.hops import Floats

N_HOPS_PER_S = 1000


@dataclass(frozen=True)
class GateSettings:
    """What a gate's knobs say; `range_db` is what it takes where it is closed."""

    threshold_db: float
    range_db: float
    attack_ms: float = 1.0
    hold_ms: float = 60.0
    release_ms: float = 120.0


class Gate:
    """Turns levels into gains, hop by hop; it starts closed."""

    def __init__(self, settings: GateSettings) -> None:
        self._settings = settings
        self._closed_db = -abs(settings.range_db)
        self._last_db = self._closed_db
        self._n_held = 0

    @property
    def last_db(self) -> float:
        """The gain at the end of the last hop."""
        return self._last_db

    def gains_db(self, level_db: Floats) -> Floats:
        """Gains [n] at the ends of the next hops, whose levels [n] are given."""
        opening, closing = (_share(time_ms) for time_ms in (self._settings.attack_ms, self._settings.release_ms))
        n_hold = round(self._settings.hold_ms * N_HOPS_PER_S / 1000)
        gains = np.empty(len(level_db))
        for hop, is_loud in enumerate((level_db > self._settings.threshold_db).tolist()):
            self._n_held = n_hold if is_loud else max(self._n_held - 1, 0)
            wanted_db = 0.0 if is_loud or self._n_held else self._closed_db
            self._last_db += (opening if wanted_db > self._last_db else closing) * (wanted_db - self._last_db)
            gains[hop] = self._last_db
        return gains


def _share(time_ms: float) -> float:
    """How much of the way is gone in a hop."""
    return 1 - math.exp(-1000 / (N_HOPS_PER_S * max(time_ms, 1e-3)))
