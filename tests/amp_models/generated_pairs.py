"""Pairs with a known line, small and seeded."""

from __future__ import annotations

import numpy as np
from scipy import ndimage, signal

from amp_models.pairs.phrases import guitar_phrases
from mixassist import AudioBuffer

RATE = 16000
CURVES = {
    "clean": lambda x: x,
    "crunch": lambda x: np.tanh(10 * x),
    "fuzz": lambda x: np.tanh(200 * x + 0.3) - np.tanh(0.3),
}


def dry(seconds: float = 12.0, seed: int = 1):
    """A DI take [T] with a converter's noise under it."""
    take = guitar_phrases(seconds, RATE, seed)
    return take + 1e-5 * np.random.default_rng(seed).standard_normal(take.size)


def driven(di, drive: str = "crunch"):
    """The take through a curve without memory, at eight times the rate."""
    return signal.resample_poly(CURVES[drive](signal.resample_poly(di, 8, 1)), 1, 8)


def moved(sound, delay_samples: float, drift_ppm: float = 0.0):
    """The sound read along the line by cubic splines at eight times the rate: independent of our interpolation."""
    wide = ndimage.spline_filter1d(signal.resample_poly(sound, 8, 1, window=("kaiser", 12.0)), order=5)
    places = (np.arange(sound.size + 3000) - delay_samples) / (1 + 1e-6 * drift_ppm)
    return ndimage.map_coordinates(wide, [8 * places], order=5, mode="constant", prefilter=False)


def recorded(sound, noise_db: float = -60.0, seed: int = 2):
    """The sound at a peak of -3 dBFS with noise under it."""
    noise = np.random.default_rng(seed).standard_normal(sound.size) * 10 ** (noise_db / 20)
    return sound * 0.708 / np.abs(sound).max() + noise


def buffer(take, rate: int = RATE) -> AudioBuffer:
    return AudioBuffer(np.atleast_2d(take).astype(np.float32), rate)
