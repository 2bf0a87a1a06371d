"""Phrases that the DI holds twice, sample for sample, and how alike the amplifier answered: what no model can beat.

Two takes of one phrase differ by twice the noise, so half their error-to-signal ratio is the best that a model of the
amplifier can reach. The whitened autocorrelation of the DI has a sharp peak where anything comes again.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Signal = NDArray[np.float64]

NEAREST_S = 1.0
N_CANDIDATES = 12
BLOCK_S = 0.1
SAME_DB = -60.0
"""Blocks of the DI that are nearer than this are copies, and not somebody who played it twice."""
LOUD_SHARE = 1e-3
SHORTEST_S = 0.5


def replicate_esr(di: Signal, reamped: Signal, rate: int) -> float | None:
    """Error-to-signal ratio between the reamped forms of what repeats in the DI; None if less than 0.5 s repeats.

    Both takes lie on the same samples, [T].
    """
    n_block = round(BLOCK_S * rate)
    for lag in _likely_lags(di, rate):
        if lag > di.size - n_block:
            continue
        first, again = (_blocks(take, n_block) for take in (di[:-lag], di[lag:]))
        energy = np.sum(first**2, axis=1)
        apart = np.sum((first - again) ** 2, axis=1)
        is_same = (apart < 10 ** (SAME_DB / 10) * energy) & (energy > LOUD_SHARE * energy.mean())
        if np.count_nonzero(is_same) * BLOCK_S >= SHORTEST_S:
            once, twice = (_blocks(take, n_block)[is_same] for take in (reamped[:-lag], reamped[lag:]))
            return float(np.sum((once - twice) ** 2) / max(float(np.sum(once**2)), 1e-30))
    return None


def _likely_lags(di: Signal, rate: int) -> list[int]:
    """The highest peaks of the whitened autocorrelation beyond 1 s, the highest first."""
    n_fft = scipy.fft.next_fast_len(2 * di.size, real=True)
    power = np.abs(scipy.fft.rfft(di, n_fft)) ** 2
    likeness = scipy.fft.irfft(power / (power + 1e-4 * power.mean()), n_fft)[: di.size]
    likeness[: round(NEAREST_S * rate)] = 0
    lags = np.argpartition(likeness, -N_CANDIDATES)[-N_CANDIDATES:] if di.size > N_CANDIDATES else np.array([], int)
    return [int(lag) for lag in lags[np.argsort(-likeness[lags])] if likeness[lag] > 0]


def _blocks(take: Signal, n_block: int) -> Signal:
    return take[: take.size // n_block * n_block].reshape(-1, n_block)
