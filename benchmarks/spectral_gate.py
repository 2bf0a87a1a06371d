"""A plain spectral gate, as editors have had it for decades: the baseline for taking noise away.

The noise's spectrum is the mean of the quietest tenth of all frames; bins less than 6 dB above it are turned down by
20 dB, with a mask smoothed over neighbours in time and frequency.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from mixassist.dsp.spectrum import istft, stft

N_FFT, HOP = 2048, 512
QUIETEST = 0.1
OPEN_RATIO = 4.0
CLOSED_GAIN = 0.1
SMOOTHED = (3, 5)
"""Bins and frames."""


def spectral_gate(heard: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sound [C, T] through the gate, each channel on its own."""
    spectrum = stft(heard, N_FFT, HOP)
    power = np.abs(spectrum) ** 2
    return istft(spectrum * np.stack([_gains(each) for each in power]), HOP, heard.shape[1])


def _gains(power: NDArray[np.float32]) -> NDArray[np.float32]:
    level = power.sum(axis=0)
    quiet = power[:, level <= np.quantile(level, QUIETEST)].mean(axis=1, keepdims=True)
    is_open = (power > OPEN_RATIO * quiet).astype(np.float32)
    return CLOSED_GAIN + (1 - CLOSED_GAIN) * uniform_filter(is_open, SMOOTHED)
