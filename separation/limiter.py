"""A mastering limiter on the sum of stems, whose gain all stems follow, so that they still sum to the mix."""

from __future__ import annotations

import numpy as np
import scipy.ndimage
from numpy.typing import NDArray

Floats = NDArray[np.float32]

N_BLOCK = 64


def limit(stems: Floats, drive_db: float, n_look_ahead: int = 4, n_release: int = 40) -> Floats:
    """Stems [S, C, T] whose sum was raised by `drive_db` over its limit of ±1 and held there.

    The gain is drawn through blocks of 64 samples: the least in the blocks around, smoothed, so it falls before a peak
    comes, and rises over `n_release` blocks.
    """
    mix = stems.sum(axis=0)
    peak = max(float(np.abs(mix).max()), 1e-6)
    n_blocks = -(-mix.shape[1] // N_BLOCK)
    padded = np.pad(np.abs(mix).max(axis=0), (0, n_blocks * N_BLOCK - mix.shape[1]))
    peaks = padded.reshape(n_blocks, N_BLOCK).max(axis=1) * np.float32(10 ** (drive_db / 20) / peak)
    least = scipy.ndimage.minimum_filter1d(1 / np.maximum(peaks, 1), 2 * n_look_ahead + 1)
    slow = scipy.ndimage.uniform_filter1d(scipy.ndimage.minimum_filter1d(least, n_release), n_release)
    smooth = scipy.ndimage.uniform_filter1d(np.minimum(least, slow), n_look_ahead)
    at = (np.arange(mix.shape[1]) + 0.5) / N_BLOCK - 0.5
    gain = np.interp(at, np.arange(n_blocks), smooth) * 10 ** (drive_db / 20) / peak
    limited: Floats = stems * gain.astype(np.float32)
    return limited
