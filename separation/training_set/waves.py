"""Waves of an oscillator, by the amplitudes of their harmonics [N], the first one first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

N_HARMONICS = 1024


def saw() -> Floats:
    return (1 / np.arange(1, N_HARMONICS + 1)).astype(np.float32)


def pulse(width: float) -> Floats:
    """A pulse that is up for `width` of its period."""
    n = np.arange(1, N_HARMONICS + 1)
    return (np.sin(np.pi * n * width) / n).astype(np.float32)


def triangle() -> Floats:
    n = np.arange(1, N_HARMONICS + 1)
    return (np.where(n % 2 == 1, 1 / n**2, 0) * (-1) ** (n // 2)).astype(np.float32)


def sine() -> Floats:
    return np.eye(1, N_HARMONICS, dtype=np.float32)[0]


def drawbars(rng: np.random.Generator) -> Floats:
    """An organ's: sub-octave and fifth left out, the others each pulled at random."""
    harmonics = np.zeros(N_HARMONICS, np.float32)
    for place in (1, 2, 3, 4, 5, 6, 8):
        harmonics[place - 1] = 10 ** (-3 * (8 - rng.integers(0 if place > 3 else 5, 9)) / 20)
    return harmonics


def any_wave(rng: np.random.Generator) -> Floats:
    """Two waves together, the second one softer."""
    kinds = (saw(), saw(), pulse(0.5), pulse(float(rng.uniform(0.1, 0.4))), triangle())
    first, second = (kinds[int(rng.integers(len(kinds)))] for _ in range(2))
    return first + np.float32(rng.uniform(0, 0.7)) * second
