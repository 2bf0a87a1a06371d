"""`RunningLevel`: how loud a song has been of late, by which its spectrum is brought to the level networks learn at."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEMORY_S = 3.0
"""Networks learn on pieces of 3 s, each brought to one level as a whole."""

FLOOR = 1e-3
"""Rms below which sound does not count, -60 dB: silence is not turned up, nor remembered when the song begins."""


class RunningLevel:
    """The rms over all channels, from the past alone: channels that cancel each other are as loud as others.

    At first it is that of all heard so far, later its power decays by a factor of e in `MEMORY_S`.

    Args:
        hop: frames per step.
        rate: in Hz.
    """

    def __init__(self, hop: int, rate: int) -> None:
        self._n_memory = max(1, round(MEMORY_S * rate / hop))
        self._n_heard, self._power = 0, 0.0

    def advance(self, samples: NDArray[Any]) -> float:
        """The level after the next `samples` [C, hop], never below `FLOOR`."""
        power = float(np.square(samples, dtype=np.float64).mean())
        if power > FLOOR**2:
            self._n_heard = min(self._n_heard + 1, self._n_memory)
            self._power += (power - self._power) / self._n_heard
        return max(math.sqrt(self._power), FLOOR)

    def reset(self) -> None:
        """Forgets what was heard."""
        self._n_heard, self._power = 0, 0.0
