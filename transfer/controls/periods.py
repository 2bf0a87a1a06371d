"""`PeriodFinder`: the likeliest periods of each moment of a sound, each with how well the sound repeats after it.

Sound is low-passed and thinned out, then cut into frames of two of the longest periods sought. In each frame the sum
of products of all pairs of samples that lie a lag apart is divided by the mean of their squares: 1 where the sound
repeats after that lag, 0 where it has nothing to do with it. Pairs lie evenly about the frame's middle and are weighted
by a Hann window, so that each lag speaks of the same moment and of little else.

References: McLeod and Wyvill, A smarter way to find pitch, ICMC 2005 (the normalised square difference function).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.filter_design import fast_length, high_pass, low_pass_taps, symmetric_hann
from mixassist.dsp.recursive_filter import RecursiveFilter
from transfer.controls.options import MIN_PERIOD_SAMPLES, ControlOptions, halving

Floats = NDArray[np.float64]

N_CANDIDATES = 6
LOW_PASS_HZ = 5000.0
"""Above lies more breath than pitch."""
QUIET_POWER = 1e-11
"""-110 dB: added to all powers, so that what lies below repeats less and less, and silence not at all."""
OCTAVE_COST = 0.02
"""A period twice as long must repeat better by this much: all multiples of a period repeat as well as itself."""


@dataclass(frozen=True)
class Periods:
    """Candidates [K, N_CANDIDATES] of K moments: `pitch_octaves`, log2 of Hz, and `clarity`, 1 for what repeats itself.

    Where a moment has fewer of them, the clarity of the others is -1. `frames` [K, N] are the sound about the moments,
    thinned out, and `power` [K] is their mean square.
    """

    pitch_octaves: Floats
    clarity: Floats
    power: Floats
    frames: Floats

    def __len__(self) -> int:
        """K."""
        return len(self.power)


class PeriodFinder:
    """Finds periods in sound that comes block by block.

    Attributes:
        rate: of the thinned sound, Hz.
        latency_samples: from the moment that candidates speak of to the end of the hop that gives them.
    """

    def __init__(self, rate: int, options: ControlOptions) -> None:
        self._factor = halving(rate, options.hop)
        self.rate = rate / self._factor
        self._hop = options.hop // self._factor
        self._shortest = max(int(self.rate / options.highest_hz), MIN_PERIOD_SAMPLES)
        self._longest = int(self.rate / options.lowest_hz) + 1
        self._n_frame = 2 * self._longest
        self._n_fft = fast_length(self._n_frame + self._longest + 2)
        half = round(rate / 3000)
        self._taps = low_pass_taps(2 * half + 1, min(LOW_PASS_HZ, 0.45 * rate), rate)
        self._high_pass = RecursiveFilter(*high_pass(options.lowest_hz / 2, self.rate), self._hop)
        self._window = symmetric_hann(self._n_frame + 2)[1:-1]
        self._window_spectrum = np.fft.rfft(self._window, self._n_fft).conj()
        self._quiet = QUIET_POWER * np.correlate(self._window, self._window, "full")[self._n_frame - 1 :]
        self._within = np.arange(self._n_frame)
        self._heard = np.zeros(2 * half + 1 - self._factor)
        self._thinned = np.zeros(self._n_frame - self._hop)
        self._lag_cost = OCTAVE_COST * np.log2(np.arange(self._shortest, self._longest + 1) / self._shortest)
        self.latency_samples = 1 + half + self._factor * (self._n_frame - 1) // 2

    def process(self, block: Floats) -> Periods:
        """Candidates of the moments that `block` [K * hop] completes."""
        frames = self._frames(block)
        repeats, power = self._repeats(frames)
        return Periods(*self._candidates(repeats), power, frames)

    def _frames(self, block: Floats) -> Floats:
        """Frames [K, n_frame] of the thinned sound."""
        heard = np.concatenate([self._heard, block])
        self._heard = heard[block.size :]
        thinned = np.convolve(heard, self._taps, mode="valid")[:: self._factor]
        thinned = self._high_pass.process(thinned)
        whole = np.concatenate([self._thinned, thinned])
        self._thinned = whole[thinned.size :]
        starts = np.arange(0, thinned.size, self._hop)
        return whole[starts[:, None] + self._within]

    def _repeats(self, frames: Floats) -> tuple[Floats, Floats]:
        """How well each frame repeats [K, lags], for lags from one less than the shortest to one more than the longest.

        2 sum w[j] w[j + lag] x[j] x[j + lag] / sum w[j] w[j + lag] (x[j]² + x[j + lag]²), and the mean square [K].
        """
        lags = slice(self._shortest - 1, self._longest + 2)
        weighted = frames * self._window
        squares = frames * weighted
        spectra = np.fft.rfft(np.stack([weighted, squares]), self._n_fft)
        crossed = np.stack([spectra[0].real ** 2 + spectra[0].imag ** 2, (spectra[1] * self._window_spectrum).real])
        products, powers = np.fft.irfft(crossed, self._n_fft)[..., lags]
        return products / (powers + self._quiet[lags]), squares.sum(axis=1) / self._window.sum()

    def _candidates(self, repeats: Floats) -> tuple[Floats, Floats]:
        """Pitch and clarity of the tops of `repeats`, short periods rather than their multiples, by parabolas."""
        before, here, after = repeats[:, :-2], repeats[:, 1:-1], repeats[:, 2:]
        is_top = (here > before) & (here >= after)
        worth = np.where(is_top, here - self._lag_cost, -np.inf)
        at = np.argpartition(worth, -N_CANDIDATES, axis=1)[:, -N_CANDIDATES:]
        rows = np.arange(len(at))[:, None]
        is_there = is_top[rows, at]
        left, top, right = repeats[rows, at], repeats[rows, at + 1], repeats[rows, at + 2]
        curve = np.where(is_there, 2 * top - left - right, 1.0)
        aside = np.where(is_there, (right - left) / (2 * curve), 0.0)
        clarity = np.where(is_there, np.minimum(top + aside * (right - left) / 4, 1.0), -1.0)
        return np.log2(self.rate / (at + self._shortest + aside)), clarity
