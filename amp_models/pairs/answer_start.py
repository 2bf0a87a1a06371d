"""Where the amplifier's answer begins: the delay that a causal model needs.

A loudspeaker in a room turns phases so that they agree best long after its answer has begun: up to 9 ms in measured
cabinets. A model that is taught from there on would have to know the future. So taps of a linear answer are added from
the latest to the earliest, and what each adds to the energy that is explained tells where the answer begins.

Conventions: mono signals [T] on the same samples; a lead counts samples before the present one.

References:
    The order of the taps makes the Cholesky factor of the DI's autocorrelation give every fit at once: solving for a
    later start only drops the last rows (G. Golub, C. Van Loan, "Matrix computations", 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
import scipy.linalg
from numpy.typing import NDArray
from scipy import signal

Signal = NDArray[np.float64]

AHEAD_S = 0.012
BEHIND_S = 0.02
TREBLE_HZ, TREBLE_OF_RATE = 8000.0, 1 / 6
"""Above, a guitar says nothing and interpolation between samples rings ahead of its time."""
RIDGE = 1e-7
MEDIAN_OF_CHANCE = 0.4549
"""Median of a squared normal deviate over its mean: most of what the earliest taps explain is chance."""
NEGLECTED = 1e-4
NEGLECTED_OF_REST = 0.03
LOWEST_OF_REST = 0.1
"""Shares of what no linear answer explains: a compressor's rest resembles the future too, up to a tenth was measured.

So only what explains more than that by itself counts as an early beginning, which is then followed to its foot.
"""
MARGIN_SAMPLES = 2
"""The treble that was left out begins a little earlier still."""


@dataclass(frozen=True)
class AnswerStart:
    """How many samples before its place on the line the answer begins, and the share of its energy, 0..1, explained."""

    lead_samples: int
    explained: float


def find_start(di: Signal, straight: Signal, rate: int) -> AnswerStart:
    """Where the answer in `straight` [T] to `di` [T], bent by the amplifier's curve, begins; the lead is at least 0."""
    gains, n_ahead = _gains(di, straight, rate)
    explained = float(np.clip(gains.sum(), 0, 1))
    chance = float(np.median(gains[: n_ahead // 2])) / MEDIAN_OF_CHANCE
    missed = np.cumsum(gains - chance)[:n_ahead]
    rest = 1 - explained
    if missed[-1] <= NEGLECTED + LOWEST_OF_REST * rest:
        return AnswerStart(0, explained)
    first = int(np.argmax(missed > NEGLECTED + NEGLECTED_OF_REST * rest))
    return AnswerStart(n_ahead - first + MARGIN_SAMPLES, explained)


def _gains(di: Signal, straight: Signal, rate: int) -> tuple[Signal, int]:
    """Share of energy that each tap adds to all later ones, the earliest first, and how many lie before the present."""
    n_ahead, n_behind = round(AHEAD_S * rate), round(BEHIND_S * rate)
    n_taps = n_ahead + 1 + n_behind
    low_pass = signal.butter(2, min(TREBLE_HZ, TREBLE_OF_RATE * rate), fs=rate, output="sos")
    n_fft = scipy.fft.next_fast_len(di.size + 2 * n_taps, real=True)
    spectra = [scipy.fft.rfft(signal.sosfilt(low_pass, take), n_fft) for take in (di, straight)]
    own = scipy.fft.irfft(np.abs(spectra[0]) ** 2, n_fft)[:n_taps]
    own[0] *= 1 + RIDGE
    cross = scipy.fft.irfft(np.conj(spectra[0]) * spectra[1], n_fft)
    energy = float(scipy.fft.irfft(np.abs(spectra[1]) ** 2, n_fft)[0])
    factor = scipy.linalg.cholesky(scipy.linalg.toeplitz(own), lower=True)
    latest_first = cross[np.arange(n_behind, -n_ahead - 1, -1)]
    steps = scipy.linalg.solve_triangular(factor, latest_first, lower=True)
    return steps[::-1] ** 2 / max(energy, 1e-30), n_ahead
