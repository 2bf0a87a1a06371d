"""Where in a spectrum mains hum is: its frequency, which of its harmonics are there, and how strong they are.

Task: per frame, how well each frequency near 50 and 60 Hz explains the spectrum at its multiples; over some seconds,
which of them is hum.

Conventions: spectra are complex64 [C, F], of long frames under a Hann window; frequencies are in bins of them unless a
name says Hz. H harmonics, G frequencies of a grid.

Derivation. A sinusoid of frequency x bins puts A K(k - x) into bin k, K being the window's transform; within a few bins
the best A is a projection, and |A|² what it explains. Hum differs from notes in three ways: its harmonics lie at exact
multiples of a frequency that the mains keep within a Hertz, they are there all the time, and they do not change. So a
frequency must explain more than the bins around hold in `LEAST_HARMONICS` harmonics or more, in most frames of some
seconds, at one level. What is louder for a while is a note on top of it, and stays. A frame's hum is the mean of what
frames near it say, turned to its time, each weighted by how sure it is: what lies around it (a drum), and how far the
phase may have run away. Of that mean the share is taken that has the least squared error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Complexes = NDArray[np.complex64]
Doubles = NDArray[np.float64]

FAMILIES_HZ = (50.0, 60.0)
REACH_HZ = 1.0
STEP_HZ = 0.02
DRIFT_HZ = 0.16
"""How far the mains may be, within the window, from where they are on the whole."""

EDGE_HZ = 0.1
"""Within which of the grid's ends nothing is hum."""

MOST_STEP_HZ = 0.06
"""From frame to frame, on the median: the mains drift slowly, and what is found in music jumps."""

HIGHEST_HZ = 2000.0
N_BINS_AROUND = 3
NOISE_BINS = np.concatenate([np.arange(-18, -5), np.arange(6, 19)])

VOTE = 0.25
"""Power of a ratio to which a harmonic speaks for a frequency: the strong know it better, one note must not decide."""

LEAST_RATIO = 6.0
"""Of a harmonic's power, in most frames, to what lies around it."""

FAINT_RATIO = 1.2
"""The same, where other harmonics have told already that there is hum."""

MOST_RISE = 8.0
"""From a quiet frame's power to a loud one's, where it is steady."""

SURE_RISE = 3.0
"""The same, for the harmonics that tell that there is hum."""

QUIET_SHARE, LOUD_SHARE = 0.2, 0.5
MOST_OVER = 2.0
"""How far above its quiet power hum is believed to be."""

N_FRAMES_NEAR = 2
"""From so many frames to either side the frequency of a moment is read."""

UNSURE_HZ = 0.015
"""How far it may be off, and with it the phase at which hum is carried over from another frame."""

SPREAD_TO_ERROR = 0.7
"""From the variance of what several frames say to that of their mean: they overlap, and count as two."""

WIDE = 40
"""Bins to either side to which a sinusoid's spectrum is drawn; what lies beyond is 80 dB lower."""

MOST_OF_A_HARMONIC = 2.0
"""Of a harmonic's power to that of the strongest low one: what is stronger is a tone of the music's."""

LEAST_HARMONICS = 2
LOW_HARMONICS = 6
"""Among which those must be: hum has a bottom."""


@dataclass(frozen=True)
class Evidence:
    """What a frame says: power explained [2, G, H] and around [2, H], both the mean over channels."""

    explained: Doubles
    around: Doubles


@dataclass(frozen=True)
class Mains:
    """Hum that was found: its frequency in Hz, each harmonic's power [H], 0 where it is none, and what lies around.

    `around` is [K, H], for all frames of the window.
    """

    frequency_hz: float
    power: Doubles
    around: Doubles


@dataclass(frozen=True)
class Heard:
    """A frame [C, F] near the one that is asked for, which begins `later` frame lengths after it; `around` is [H]."""

    spectrum: Complexes
    later: float
    around: Doubles


def kernel(offset: Doubles, n_fft: int) -> NDArray[np.complex128]:
    """The transform of a Hann window of `n_fft` samples, `offset` bins from its middle."""

    def dirichlet(x: Doubles) -> NDArray[np.complex128]:
        return n_fft * np.sinc(x) * np.exp(1j * np.pi * x)

    # Exact for n_fft to infinity; for the frames here, the difference is below -90 dB near the middle.
    return 0.5 * dirichlet(-offset) - 0.25 * (dirichlet(-offset - 1) + dirichlet(-offset + 1))


class MainsFinder:
    """Frames in, evidence out; evidence of some seconds in, hum out."""

    def __init__(self, rate: int, n_fft: int) -> None:
        self._n_fft = n_fft
        self._hz_per_bin = rate / n_fft
        highest_hz = min(HIGHEST_HZ, 0.45 * rate)
        n_harmonics = max(int(highest_hz / FAMILIES_HZ[0]), 1)
        self._harmonics = np.arange(1, n_harmonics + 1)
        self.grid_hz = np.arange(-REACH_HZ, REACH_HZ + STEP_HZ / 2, STEP_HZ)
        self._places = [
            np.minimum((family + self.grid_hz)[:, None] * self._harmonics, highest_hz) / self._hz_per_bin
            for family in FAMILIES_HZ
        ]
        self._is_low = np.stack([(family + REACH_HZ) * self._harmonics < highest_hz for family in FAMILIES_HZ])
        self._kernels = [self._kernels_at(place) for place in self._places]

    @property
    def n_bins(self) -> int:
        """Bins that are looked at."""
        return int(self._places[0].max() + NOISE_BINS.max()) + 2

    def evidence(self, spectrum: Complexes) -> Evidence:
        """What a frame [C, F] says of each frequency of the grid."""
        power = np.mean(np.abs(spectrum) ** 2, axis=0)
        explained, around = [], []
        for bins, kernels, place in zip(*zip(*self._kernels, strict=True), self._places, strict=True):
            projected = np.abs(np.einsum("cghk,ghk->cgh", spectrum[:, bins], kernels.conj())) ** 2
            explained.append(projected.mean(axis=0))
            middle = np.round(place[len(place) // 2]).astype(int)[:, None]
            around.append(np.median(power[middle + NOISE_BINS], axis=1) / np.log(2))
        return Evidence(np.stack(explained), np.stack(around))

    def find(self, window: list[Evidence], present: int) -> Mains | None:
        """The hum of frame `present` of a window of frames; None where there is none."""
        around = np.stack([each.around for each in window]) + np.finfo(np.float32).tiny  # [K, 2, H]
        usual = np.median(around, axis=0)
        ratio = np.stack([each.explained for each in window]) / usual[:, None]  # [K, 2, G, H]
        steady = np.partition(ratio, n_quiet := int(QUIET_SHARE * len(window)), axis=0)[n_quiet]  # [2, G, H]
        family, best = np.unravel_index(self._score(steady).argmax(), steady.shape[:2])
        reach = round(DRIFT_HZ / STEP_HZ)
        first = max(int(best) - reach, 0)
        scores = self._score(ratio)[:, family, first : int(best) + reach + 1]  # [K, g]
        places = scores.argmax(axis=1)
        if not self._is_inside(int(best)) or np.median(np.abs(np.diff(places))) * STEP_HZ > MOST_STEP_HZ:
            return None
        ratios = ratio[np.arange(len(window)), family, first + places]  # [K, H]
        quiet, loud = np.quantile(ratios, (QUIET_SHARE, LOUD_SHARE), axis=0)
        is_steady = (loud < MOST_RISE * quiet) & self._is_low[family]
        is_sure = is_steady & (quiet > LEAST_RATIO) & (loud < SURE_RISE * quiet)
        if np.count_nonzero(is_sure[:LOW_HARMONICS]) < LEAST_HARMONICS:
            return None
        power = quiet * usual[family]
        strongest = power[:LOW_HARMONICS][is_steady[:LOW_HARMONICS]].max()
        is_hum = is_steady & (quiet > FAINT_RATIO) & (power < MOST_OF_A_HARMONIC * strongest)
        near = scores[max(present - N_FRAMES_NEAR, 0) : present + N_FRAMES_NEAR + 1].sum(axis=0)
        frequency_hz = FAMILIES_HZ[family] + self.grid_hz[first] + STEP_HZ * _top(near)
        return Mains(frequency_hz, np.where(is_hum, power, 0), around[:, family])

    def spectrum_of(self, mains: Mains, frames: Sequence[Heard]) -> Complexes:
        """The part of a frame that is this hum [C, F], from what frames near it, or it itself, hold."""
        hum = np.zeros((len(frames[0].spectrum), self.n_bins), np.complex64)
        for index in np.flatnonzero(mains.power):
            place = self._harmonics[index] * mains.frequency_hz / self._hz_per_bin
            bins, shape = self._kernels_at(np.array(place))
            projected = np.stack([frame.spectrum[:, bins] @ shape.conj() for frame in frames])  # [K, C]
            later = np.array([frame.later for frame in frames])
            projected *= np.exp(2j * np.pi * place * later)[:, None]
            lost_phase = 2 * np.pi * self._harmonics[index] * UNSURE_HZ / self._hz_per_bin * later
            weights = 1 / (np.array([frame.around[index] for frame in frames]) + mains.power[index] * lost_phase**2)
            strength = weights @ projected / weights.sum()  # [C]
            spread = weights @ np.mean(np.abs(projected - strength) ** 2, axis=1) / weights.sum()
            error = max(1 / weights.sum(), SPREAD_TO_ERROR * spread)
            power = max(float(np.mean(np.abs(strength) ** 2)), 1e-30)
            strength *= np.sqrt(min(1.0, MOST_OVER * mains.power[index] / power))
            strength *= max(1 - error / power, 0)  # the least squared error of what is this unsure
            wide = np.arange(max(round(place) - WIDE, 1), min(round(place) + WIDE + 1, self.n_bins))
            unit = kernel(wide - place, self._n_fft) / np.linalg.norm(kernel(bins - place, self._n_fft))
            hum[:, wide] += strength[:, None] * unit
        return hum

    def _is_inside(self, place: int) -> bool:
        """Whether a place of the grid is no end of it: what is best there is better beyond, and a note."""
        return STEP_HZ * min(place, self.grid_hz.size - 1 - place) >= EDGE_HZ

    def _score(self, ratio: Doubles) -> Doubles:
        """How well frequencies explain a spectrum, [..., 2, G], from what they explain at their multiples, [..., H]."""
        return np.asarray(np.sum(ratio**VOTE * (self._is_low / np.sqrt(self._harmonics))[:, None], axis=-1))

    def _kernels_at(self, place: Doubles) -> tuple[NDArray[np.int64], NDArray[np.complex128]]:
        """The bins around each place [..., k], and the kernel there, of unit energy."""
        bins = np.round(place).astype(np.int64)[..., None] + np.arange(-N_BINS_AROUND, N_BINS_AROUND + 1)
        shape = kernel(bins - place[..., None], self._n_fft)
        return bins, shape / np.sqrt(np.sum(np.abs(shape) ** 2, axis=-1, keepdims=True))


def _top(score: Doubles) -> float:
    """Where the highest value is, by a parabola through it and its neighbours."""
    place = int(score.argmax())
    if not 0 < place < score.size - 1:
        return float(place)
    before, at, after = score[place - 1 : place + 2]
    bend = before - 2 * at + after
    return place + (0.5 * (before - after) / bend if bend < 0 else 0.0)
