"""`PredelayMeter`: how long after the direct sound a recording's room is first heard, from sound alone.

Method: a room repeats whatever is played in it, at the same lags all along, and what is played changes. The cepstrum of
a spectrum is the sum of the source's and the room's; the latter shows each reflection at its lag. Cepstra are averaged
over parts of a recording, and the products of any two parts over the lags of a millisecond: what the parts have in
common is the room's, where it has one, and hardly the source's. Against the power of single parts that is a share
between 0 and 1; where it rises to stay, the room begins. Lags are looked at in the treble alone, where sources have
the least in common with themselves: a scale of twelve notes repeats its fundamentals.

Reference: A. M. Noll, "Cepstrum pitch determination", J. Acoust. Soc. Am. 41(2), 1967, and what is said there of echoes
    after B. P. Bogert, M. J. R. Healy and J. W. Tukey, "The quefrency alanysis of time series for echoes", 1963.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from mixassist.audio.buffer import Samples
from mixassist.dsp.hops import Floats
from mixassist.dsp.spectrum import hann

WINDOW_S, N_HOPS_PER_WINDOW = 0.37, 4
PART_S = 1.5
"""How much sound a part is averaged over: some notes or syllables."""

TREBLE_HZ = (4000.0, 16000.0)
LAG_S = 0.001
FIRST_MS, LAST_MS = 3, 150
"""Lags that are told apart, of a room that is heard at once and of an echo."""

BEFORE_MS, AFTER_MS = 10, 8
LEAST_RISE = 0.25
"""How far the share must rise from these times before to those after; less occurs in rooms that are heard at once."""

QUIET = 1e-4
"""Frames this far below the loudest of their part are not listened to."""

N_LEAST_PARTS = 3


class PredelayMeter:
    """Listens to blocks [C, n] at `rate` Hz, whose channels are heard together; memory does not grow."""

    def __init__(self, rate: int) -> None:
        self._n_fft = 2 ** max(round(np.log2(WINDOW_S * rate)), 8)
        self._hop = self._n_fft // N_HOPS_PER_WINDOW
        self._n_part = self._n_fft + self._hop * max(round(PART_S * rate / self._hop), 1)
        self._n_lag = max(round(LAG_S * rate), 1)
        self._lag_s = self._n_lag / rate
        self._weights = _treble(scipy.fft.rfftfreq(self._n_fft, 1 / rate))
        self._waiting = np.zeros(0, np.float32)
        self._sum = np.zeros(self._n_fft // 2)
        self._sum_of_squares = np.zeros(self._n_fft // 2)
        self._n_parts = 0

    def update(self, block: Samples) -> None:
        """Takes the next block."""
        self._waiting = np.concatenate([self._waiting, block.mean(axis=0)])
        while len(self._waiting) >= self._n_part:
            self._hear(self._waiting[: self._n_part])
            self._waiting = self._waiting[self._n_part - self._n_fft + self._hop :]

    def predelay_s(self) -> float | None:
        """When the room begins; 0 where it does so at once or that is not heard, None of too short a recording."""
        if self._n_parts < N_LEAST_PARTS:
            return None
        n_pairs = self._n_parts * (self._n_parts - 1)
        common = self._per_lag((self._sum**2 - self._sum_of_squares) / n_pairs)
        own = self._per_lag(self._sum_of_squares / self._n_parts)
        rises = [_rise(common, own, lag) for lag in range(FIRST_MS, min(LAST_MS, len(own)))]
        steepest = int(np.argmax(rises))
        return (FIRST_MS + steepest) * self._lag_s if rises[steepest] > LEAST_RISE else 0.0

    def _hear(self, part: Samples) -> None:
        frames = sliding_window_view(part, self._n_fft)[:: self._hop] * hann(self._n_fft)
        powers = np.square(np.abs(scipy.fft.rfft(frames, axis=1)), dtype=np.float64)
        levels = powers.sum(axis=1)
        if not levels.any():
            return
        powers = powers[levels > QUIET * levels.max()]
        logarithm = np.log(powers + 1e-9 * powers.max(axis=1, keepdims=True)).mean(axis=0)
        level = np.average(logarithm, weights=self._weights)
        cepstrum = scipy.fft.irfft((logarithm - level) * self._weights)[: self._n_fft // 2]
        self._sum += cepstrum
        self._sum_of_squares += cepstrum**2
        self._n_parts += 1

    def _per_lag(self, values: Floats) -> Floats:
        n_lags = len(values) // self._n_lag
        return np.asarray(values[: n_lags * self._n_lag].reshape(n_lags, self._n_lag).mean(axis=1))


def _rise(common: Floats, own: Floats, lag: int) -> float:
    """How far the share of what parts have in common rises at a lag; lags count by their power, as echoes are few."""
    before, after = slice(max(lag - BEFORE_MS, 1), lag), slice(lag, lag + AFTER_MS)
    tiny = np.finfo(np.float64).tiny
    return float(common[after].sum() / (own[after].sum() + tiny) - common[before].sum() / (own[before].sum() + tiny))


def _treble(hz: Floats) -> Floats:
    """Weights [F] of the frequencies that are looked at, a squared sine; lower ones where there is no such treble."""
    low, high = min(TREBLE_HZ[0], hz[-1] / 4), min(TREBLE_HZ[1], hz[-1])
    return np.asarray(np.sin(np.pi * np.clip((hz - low) / (high - low), 0, 1)) ** 2)
