"""Where a take lies in another: the coarse search, over the whole length, for any lag, drift and polarity.

Pieces of the DI are sought in the whole reamped take by generalized cross-correlation at a low rate, where distortion
leaves most of the tune alone. Each piece votes for its lags; what they agree on wins.

References:
    C. Knapp, G. Carter, "The generalized correlation method for estimation of time delay", IEEE TASSP 24(4), 1976.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy import ndimage, signal

Signal = NDArray[np.float64]
Lags = NDArray[np.float64]

SEARCH_RATE_HZ = 6000
N_PIECES = 10
PIECE_S = 4.0
AS_HIGH = 0.6
"""Share of the highest peak at which another one is as good: a loop fits in many places."""
DRIFT_LIMIT = 300e-6
"""Clocks of sound cards lie within 100 ppm of the truth; two of them, and a margin."""
LOWEST_HZ = 60.0
WHITENING = 0.8
"""Exponent of the cross-spectrum's own magnitude that is divided out: 1 is PHAT, which trusts empty bands too much."""


@dataclass(frozen=True)
class CoarseLags:
    """What the pieces agree on.

    Attributes:
        centres: middle of each piece in samples of the DI, [n].
        lags: where each was found, in samples after its place in the DI, [n].
    """

    centres: Signal
    lags: Lags


def search_lags(di: Signal, reamped: Signal, rate: int) -> CoarseLags:
    """Lags of pieces of `di` [T] in `reamped` [T'], both at `rate` Hz, good to some ten samples."""
    step = max(rate // SEARCH_RATE_HZ, 1)
    low_di, low_reamped = (signal.resample_poly(take, 1, step) if step > 1 else take for take in (di, reamped))
    n_piece = min(round(PIECE_S * rate / step), low_di.size)
    starts = _loud_starts(low_di, n_piece)
    n_fft = scipy.fft.next_fast_len(low_reamped.size + low_di.size, real=True)
    spectrum = scipy.fft.rfft(low_reamped, n_fft)
    is_used = scipy.fft.rfftfreq(n_fft, step / rate) > LOWEST_HZ
    scores = []
    for start in starts:
        piece = np.zeros(n_fft)
        piece[start : start + n_piece] = low_di[start : start + n_piece] * np.hanning(n_piece)
        cross = np.conj(scipy.fft.rfft(piece)) * spectrum * is_used
        correlation = np.abs(scipy.fft.irfft(cross / (np.abs(cross) ** WHITENING + 1e-30), n_fft))
        scores.append(correlation / np.sqrt(np.mean(correlation**2) + 1e-30))
    n_drift = round(DRIFT_LIMIT * low_di.size) + 2
    common = np.sum([ndimage.maximum_filter1d(score, 2 * n_drift + 1, mode="wrap") for score in scores], axis=0)
    peak = _highest(common, 4 * n_drift + round(0.05 * rate / step))
    near = np.arange(peak - n_drift, peak + n_drift + 1)
    lags = np.array([near[score[near % n_fft].argmax()] for score in scores])
    lags = np.where(lags > low_reamped.size, lags - n_fft, lags)
    centres = (np.array(starts) + n_piece / 2) * step
    return CoarseLags(centres.astype(float), lags.astype(float) * step)


def _loud_starts(take: Signal, n_piece: int) -> list[int]:
    """Starts of pieces that are spread over the take, each the loudest of its stretch."""
    n_stretches = min(N_PIECES, max(take.size // n_piece, 1))
    energy = np.concatenate([[0.0], np.cumsum(take**2)])
    within = energy[n_piece:] - energy[:-n_piece]
    edges = np.linspace(0, within.size, n_stretches + 1).astype(int)
    starts = [a + int(within[a:b].argmax()) for a, b in pairwise(edges) if b > a]
    return [start for start in starts if within[start] > 1e-3 * within.max()]


def _highest(common: Signal, n_apart: int) -> int:
    """The lag nearest to 0 among the highest values: the highest within `n_apart` of it."""
    lags = (np.arange(common.size) + common.size // 2) % common.size - common.size // 2
    equals = lags[common >= AS_HIGH * common.max()]
    nearest = int(equals[np.abs(equals).argmin()])
    around = equals[np.abs(equals - nearest) <= n_apart]
    return int(around[common[around].argmax()])
