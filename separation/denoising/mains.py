"""Mains hum in a spectrum: how well each frequency explains it, and the part of it that is this hum.

Task: per frame, how well each frequency near 50 and 60 Hz explains the spectrum at its multiples; what frames near a
moment hold of hum that `separation.denoising.mains_search` has found.

Conventions: spectra are complex64 [C, F], of long frames under a Hann window; frequencies are in bins of them unless a
name says Hz. H harmonics, G frequencies of a grid.

Derivation. A sinusoid of frequency x bins puts A K(k - x) into bin k, K being the window's transform; within a few bins
the best A is a projection, and |A|² what it explains. A frame's hum is the mean of what frames near it say, turned to
its time, each weighted by how sure it is: what lies around it (a drum), and how far the phase may have run away. Of
that mean the share is taken that has the least squared error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from separation.denoising.mains_search import FAMILIES_HZ, GRID_HZ, Evidence, Mains, find_mains

Complexes = NDArray[np.complex64]
Doubles = NDArray[np.float64]

HIGHEST_HZ = 2000.0
N_BINS_AROUND = 3
NOISE_BINS = np.concatenate([np.arange(-18, -5), np.arange(6, 19)])

MOST_OVER = 2.0
"""How far above its quiet power hum is believed to be."""

UNSURE_HZ = 0.015
"""How far it may be off, and with it the phase at which hum is carried over from another frame."""

SPREAD_TO_ERROR = 0.7
"""From the variance of what several frames say to that of their mean: they overlap, and count as two."""

WIDE = 40
"""Bins to either side to which a sinusoid's spectrum is drawn; what lies beyond is 80 dB lower."""


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
        self._places = [
            np.minimum((family + GRID_HZ)[:, None] * self._harmonics, highest_hz) / self._hz_per_bin
            for family in FAMILIES_HZ
        ]
        self._is_low = np.stack([(family + GRID_HZ[-1]) * self._harmonics < highest_hz for family in FAMILIES_HZ])
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
        return Evidence(np.stack(explained), np.stack(around), float(power.sum()))

    def find(self, window: list[Evidence], present: int) -> Mains | None:
        """The hum of frame `present` of a window of frames; None where there is none."""
        return find_mains(window, present, self._is_low)

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

    def _kernels_at(self, place: Doubles) -> tuple[NDArray[np.int64], NDArray[np.complex128]]:
        """The bins around each place [..., k], and the kernel there, of unit energy."""
        bins = np.round(place).astype(np.int64)[..., None] + np.arange(-N_BINS_AROUND, N_BINS_AROUND + 1)
        shape = kernel(bins - place[..., None], self._n_fft)
        return bins, shape / np.sqrt(np.sum(np.abs(shape) ** 2, axis=-1, keepdims=True))
