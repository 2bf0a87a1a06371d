"""`LoudnessTrack`: A-weighted level in dB, one per hop, causal.

Conventions: blocks [T] of whole hops, full scale ±1; a sine at 1 kHz and full scale measures -3.01 dB, silence
`FLOOR_DB`. The level is the mean power under a Hann window whose middle lies `latency_samples` back.
References: IEC 61672-1, Annex E (poles and zeros of the A-weighting), made digital by the bilinear transform: within
0.2 dB of the curve up to 6 kHz at 48 kHz, 2.6 dB below it at 12 kHz.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.filter_design import gain_at, made_digital, symmetric_hann
from mixassist.dsp.recursive_filter import RecursiveFilter

Floats = NDArray[np.float64]

_SECTIONS = (((20.598997, 20.598997), 2), ((107.65265, 737.86223), 2), ((12194.217, 12194.217), 0))
"""Poles in Hz of each section, and how many zeros it has at 0 Hz."""


class LoudnessTrack:
    """Gives the level of sound that comes block by block.

    Args:
        rate: samples per second.
        hop: samples from one level to the next.
        latency_samples: from the middle of the window to its end.
    """

    def __init__(self, rate: int, hop: int, latency_samples: int) -> None:
        self._hop = hop
        self._filters = [RecursiveFilter(*section, hop) for section in a_weighting(rate)]
        # The newest sample lies latency - 1 after the middle, so the window has as many before it.
        window = symmetric_hann(2 * latency_samples + 1)[1:-1]
        # Cut into hops from its end: column p weighs the hop that came p hops ago.
        n_hops = -(-window.size // hop)
        whole = np.zeros(n_hops * hop)
        whole[-window.size :] = window / window.sum()
        self._window = np.ascontiguousarray(whole.reshape(n_hops, hop)[::-1].T)
        self._past = np.zeros((n_hops - 1, n_hops))

    def process(self, block: Floats) -> Floats:
        """Levels [K] in dB of `block` [K * hop]."""
        weighted = block
        for section in self._filters:
            weighted = section.process(weighted)
        shares = np.concatenate([self._past, np.square(weighted).reshape(-1, self._hop) @ self._window])
        n_past, n_hops = self._past.shape
        self._past = shares[len(shares) - n_past :]
        newest = np.arange(n_past, len(shares))
        ago = np.arange(n_hops)
        return power_to_db(shares[newest[:, None] - ago, ago].sum(axis=1))


@lru_cache(maxsize=8)
def a_weighting(rate: int) -> tuple[tuple[Floats, Floats], ...]:
    """Filters in a row that are the A-weighting, 0 dB at 1 kHz: poles so near each other need sections of their own."""
    sections = [
        made_digital(np.zeros(n_zeros), -2 * np.pi * np.array(poles_hz), rate) for poles_hz, n_zeros in _SECTIONS
    ]
    gain = np.prod([gain_at(*section, 1000.0, rate) for section in sections])
    (numerator, denominator), *others = sections
    return ((numerator / gain, denominator), *others)
