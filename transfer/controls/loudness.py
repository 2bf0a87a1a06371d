"""`LoudnessTrack`: A-weighted level in dB, one per hop, causal.

Conventions: blocks [T] of whole hops, full scale ±1; a sine at 1 kHz and full scale measures -3.01 dB, silence
`FLOOR_DB`. The level is the mean power under a Hann window whose middle lies `latency_samples` back.
References: IEC 61672-1, Annex E (poles and zeros of the A-weighting), made digital by the bilinear transform: within
0.2 dB of the curve up to 6 kHz at 48 kHz, 2.6 dB below it at 12 kHz.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from mixassist.dsp.decibels import power_to_db

Floats = NDArray[np.float64]

_POLES_HZ = (20.598997, 20.598997, 107.65265, 737.86223, 12194.217, 12194.217)
_N_ZEROS = 4
"""All at 0 Hz."""


class LoudnessTrack:
    """Gives the level of sound that comes block by block.

    Args:
        rate: samples per second.
        hop: samples from one level to the next.
        latency_samples: from the middle of the window to its end.
    """

    def __init__(self, rate: int, hop: int, latency_samples: int) -> None:
        self._hop = hop
        self._filter = a_weighting(rate)
        self._state = np.zeros(len(_POLES_HZ))
        # The newest sample lies latency - 1 after the middle, so the window has as many before it.
        window = scipy.signal.windows.hann(2 * latency_samples + 1)[1:-1]
        # Cut into hops from its end: column p weighs the hop that came p hops ago.
        n_hops = -(-window.size // hop)
        whole = np.zeros(n_hops * hop)
        whole[-window.size :] = window / window.sum()
        self._window = np.ascontiguousarray(whole.reshape(n_hops, hop)[::-1].T)
        self._past = np.zeros((n_hops - 1, n_hops))

    def process(self, block: Floats) -> Floats:
        """Levels [K] in dB of `block` [K * hop]."""
        weighted, self._state = scipy.signal.lfilter(*self._filter, block, zi=self._state)
        shares = np.concatenate([self._past, np.square(weighted).reshape(-1, self._hop) @ self._window])
        n_past, n_hops = self._past.shape
        self._past = shares[len(shares) - n_past :]
        newest = np.arange(n_past, len(shares))
        ago = np.arange(n_hops)
        return power_to_db(shares[newest[:, None] - ago, ago].sum(axis=1))


@lru_cache(maxsize=8)
def a_weighting(rate: int) -> tuple[Floats, Floats]:
    """Numerator and denominator [7] of the A-weighting, 0 dB at 1 kHz; direct form costs it -140 dB at 96 kHz."""
    poles = -2 * np.pi * np.array(_POLES_HZ)
    numerator, denominator = scipy.signal.zpk2tf(*scipy.signal.bilinear_zpk(np.zeros(_N_ZEROS), poles, 1.0, rate))
    _, answer = scipy.signal.freqz(numerator, denominator, [1000.0], fs=rate)
    return numerator / np.abs(answer), denominator
