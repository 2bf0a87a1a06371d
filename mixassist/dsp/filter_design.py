"""Filters from what they are to do, in closed form: what runs on a stage has numpy and no more.

Conventions: frequencies and rates in Hz. Recursive filters are numerator and denominator, the latter beginning with 1.

References:
    A. V. Oppenheim, R. W. Schafer, "Discrete-Time Signal Processing", 3rd ed., 7.2.1 (bilinear), 7.5 (windows).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def symmetric_hann(n_taps: int) -> Floats:
    """Hann window [n_taps] that begins and ends with 0."""
    return 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_taps) / (n_taps - 1))


def low_pass_taps(n_taps: int, cut_off_hz: float, rate: float) -> Floats:
    """Windowed sinc [n_taps], symmetric, 0 dB at 0 Hz and -6 dB at the cut-off; Hamming's window."""
    times = np.arange(n_taps) - (n_taps - 1) / 2
    window = 0.54 - 0.46 * np.cos(2 * np.pi * np.arange(n_taps) / (n_taps - 1))
    taps = np.sinc(2 * cut_off_hz / rate * times) * window
    return taps / taps.sum()


def high_pass(cut_off_hz: float, rate: float) -> tuple[Floats, Floats]:
    """Butterworth's high pass of second order: -3 dB at the cut-off, 12 dB per octave below."""
    corner = np.tan(np.pi * cut_off_hz / rate)
    scale = 1 + np.sqrt(2) * corner + corner**2
    denominator = np.array([1.0, 2 * (corner**2 - 1) / scale, (1 - np.sqrt(2) * corner + corner**2) / scale])
    return np.array([1.0, -2.0, 1.0]) / scale, denominator


def made_digital(zeros: ArrayLike, poles: ArrayLike, rate: float) -> tuple[Floats, Floats]:
    """The bilinear transform of an analogue filter with real `zeros` and `poles` in rad/s, no more zeros than poles."""
    fast = 2.0 * rate
    zeros, poles = np.asarray(zeros, np.float64), np.asarray(poles, np.float64)
    gain = np.prod(fast - zeros) / np.prod(fast - poles)
    at_infinity = -np.ones(poles.size - zeros.size)
    numerator = np.poly(np.concatenate([(fast + zeros) / (fast - zeros), at_infinity]))
    denominator = np.poly((fast + poles) / (fast - poles))
    return np.asarray(gain * numerator, np.float64), np.asarray(denominator, np.float64)


def gain_at(numerator: Floats, denominator: Floats, hz: float, rate: float) -> float:
    """By how much a sine of this frequency comes out larger."""
    turn = np.exp(-2j * np.pi * hz / rate)
    return float(np.abs(np.polyval(numerator[::-1], turn) / np.polyval(denominator[::-1], turn)))


def fast_length(n_frames: int) -> int:
    """The least length of at least `n_frames` that has no prime factor above 5: Fourier transforms of it are fast."""
    while _remainder(n_frames) != 1:
        n_frames += 1
    return n_frames


def _remainder(number: int) -> int:
    for prime in (2, 3, 5):
        while number % prime == 0:
            number //= prime
    return number
