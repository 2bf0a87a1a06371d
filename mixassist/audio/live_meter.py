"""`Meter`: a level that a player can read."""

from __future__ import annotations

import math

import numpy as np

from mixassist.audio.buffer import Samples

FALL_DB_PER_S = 20.0
"""How fast a meter falls back, as peak programme meters do: slow enough to be read."""

LOWEST_DB = -120.0


class Meter:
    """The highest sample of late, in dBFS; one thread adds blocks [n_channels, block] at `rate` Hz, any may read it."""

    def __init__(self, block: int, rate: int, n_channels: int = 1) -> None:
        self._fall = 10 ** (-FALL_DB_PER_S * block / rate / 20)
        self._magnitudes = np.empty((n_channels, block), np.float32)
        self._peak = 0.0

    def add(self, block: Samples) -> None:
        """Hears a block."""
        np.abs(block, out=self._magnitudes)
        self._peak = max(float(self._magnitudes.max()), self._peak * self._fall)

    @property
    def level_db(self) -> float:
        return max(20 * math.log10(self._peak), LOWEST_DB) if self._peak > 0 else LOWEST_DB
