"""Digital silence: zeros in a row, where no sound is, and no noise either."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d

N_SILENT = 65
"""Zeros in a row that are silence, not a sound's own zeros."""


def is_sound(samples: NDArray[np.floating[Any]]) -> NDArray[np.bool_]:
    """Where in samples [C, n] there is something, [n]: not in digital silence that goes on."""
    is_near = maximum_filter1d(samples.any(axis=0), N_SILENT, mode="nearest")
    return np.asarray(minimum_filter1d(is_near, N_SILENT, mode="nearest"))
