"""Levels in dB of amplitudes and powers, never below `FLOOR_DB`, so that silence stays a number."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FLOOR_DB = -120.0
"""What silence measures: below the noise of 16 and 20 bits, just above that of 24."""


def power_to_db(power: ArrayLike) -> NDArray[np.float64]:
    """10 log10 of each power, at least `FLOOR_DB`."""
    return 10 * np.log10(np.maximum(power, 10 ** (FLOOR_DB / 10)))


def amplitude_to_db(amplitude: ArrayLike) -> NDArray[np.float64]:
    """20 log10 of each amplitude, at least `FLOOR_DB`."""
    return 20 * np.log10(np.maximum(amplitude, 10 ** (FLOOR_DB / 20)))
