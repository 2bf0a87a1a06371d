"""Sound that follows from its own past: coefficients, what they do not foretell, and samples that are missing.

Conventions: one channel, [T]. Coefficients a [p + 1], a[0] = 1; the residual is e[n] = Σ a[j] x[n - j].

References:
    J. Makhoul, "Linear prediction: a tutorial review", Proc. IEEE 63(4), 1975 (autocorrelation method).
    A. Janssen, R. Veldhuis, L. Vries, "Adaptive interpolation of discrete-time signals that can be modeled as
    autoregressive processes", IEEE TASSP 34(2), 1986 (eq. 11: the least-squares samples).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.fft
import scipy.linalg
import scipy.signal
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

Doubles = NDArray[np.float64]

WHITE_SHARE = 1e-9
"""Of the power, taken for white: keeps the equations solvable where a sound holds no highs at all."""

RIDGE = 1e-9
"""Against the equations' diagonal, where many samples in a row are missing."""


def coefficients(sound: Doubles, order: int) -> Doubles:
    """a [order + 1] by the autocorrelation method over a Hann window; 1, 0, 0 ... for silence."""
    windowed = sound * _hann(sound.size)
    spectrum = scipy.fft.rfft(windowed, scipy.fft.next_fast_len(sound.size + order, real=True))
    correlation = scipy.fft.irfft(np.abs(spectrum) ** 2)[: order + 1]
    if correlation[0] <= 0:
        return np.concatenate([[1.0], np.zeros(order)])
    correlation[0] *= 1 + WHITE_SHARE
    return np.concatenate([[1.0], -scipy.linalg.solve_toeplitz(correlation[:-1], correlation[1:])])


@lru_cache(maxsize=4)
def _hann(n_frames: int) -> Doubles:
    return np.hanning(n_frames)


def residual(sound: Doubles, a: Doubles) -> Doubles:
    """e [T]; its first p samples, whose past is not known, are 0."""
    unforeseen = scipy.signal.lfilter(a, [1.0], sound)
    unforeseen[: a.size - 1] = 0
    return np.asarray(unforeseen)


def residual_of_both(sound: Doubles, a: Doubles, n_beside: int) -> Doubles:
    """|e| [T], of what neither the p samples before nor the p samples after foretell: the lesser of both.

    A disturbance is seen in the former until p samples after its end, in the latter from p samples before its
    beginning, in this one while it lasts. What rings is foretold from one of its sides, so each sample counts as the
    greatest of those up to `n_beside` samples away, before the lesser is taken.
    """
    sizes = (np.abs(residual(sound, a)), np.abs(residual(sound[::-1], a)[::-1]))
    return np.asarray(np.minimum(*(maximum_filter1d(size, 2 * n_beside + 1) for size in sizes)))


def interpolated(sound: Doubles, is_missing: NDArray[np.bool_], a: Doubles) -> Doubles:
    """The sound with other samples where some are missing: those of the least residual, before and after considered."""
    missing = np.flatnonzero(is_missing)
    filled = np.where(is_missing, 0.0, sound)
    products = np.correlate(a, a, "full")  # Σ a[j] a[j + l] for l = -p..p
    wanted = -scipy.signal.fftconvolve(filled, products, "same")[missing]
    lags = np.concatenate([products[a.size - 1 :], [0.0]])
    # Groups further apart than the order know nothing of each other.
    for group in np.split(np.arange(missing.size), np.flatnonzero(np.diff(missing) >= a.size) + 1):
        apart = np.abs(missing[group][:, None] - missing[group])
        equations = lags[np.minimum(apart, a.size)]
        equations[np.diag_indices(group.size)] += RIDGE * lags[0]
        filled[missing[group]] = scipy.linalg.solve(equations, wanted[group], assume_a="pos")
    return filled
