"""The noise floor of a stream: how much of a spectrum's power is noise that stays, band by band.

Task: per moment, the power of steady noise in each bin, and 0 where nothing says that there is any.

Conventions: powers are float32 [F, K], the mean over channels of |X|², smoothed by nobody.

Derivation. Where music pauses, or between its partials, only noise is left. Of all cells of a band (a sixth of an
octave) within some seconds, averaged over `N_SMOOTHED` frames, the lowest are such moments: the tenth of them below
`LOW_QUANTILE` lies a fixed way below the noise's mean. Averages of noise spread little, and just as much in any band
and recording: between the 2.5th and the 15th of a hundred they rise by 2.3 dB (mono). What sounds, decays or
reverberates has no such edge: its lowest cells spread by 5 to 20 dB. So the same spread tells whether a band holds
steady noise at all, and how far its mean lies above its low quantile (more channels with noise of their own spread
less, and lie nearer). Levels were chosen on sounds that `python -m benchmarks --only denoise` does not use.

References:
    R. Martin, "Noise power spectral density estimation based on optimal smoothing and minimum statistics", IEEE TSAP
    9(5), 2001. V. Stahl et al., "Quantile based noise estimation for spectral subtraction", ICASSP 2000.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Counts = NDArray[np.int64]

N_SMOOTHED = 8
N_BESIDE = 3
"""Frames that overlap a frame, on either side."""

BANDS_PER_OCTAVE = 6
LOW_QUANTILE = 0.1
SPREAD_BETWEEN = (0.025, 0.15)
NOISE_SPREAD_DB = 3.2
"""The lowest cells of a band spread by this at most where they are noise."""

SOUND_SPREAD_DB = 4.4
"""And by this at least where they are not."""

TONE_SPREAD_DB = 0.8
"""Less than noise can: a tone that never changes, which is no hiss."""

MEAN_ABOVE_LOW = 1.45
"""By how many spreads the mean of noise lies above its low quantile, as averages of squares of normal numbers do."""

MOST_SPREAD_USED_DB = 2.6
N_BANDS_TOGETHER = 5
"""Spreads are averaged over so many bands: each of them is a number from few cells."""

FLOOR_DB, CEILING_DB, STEP_DB = -120.0, 90.0, 0.25
"""Levels that are told apart."""

LEAST_S = 1.0
"""How much must have been heard for a floor."""


def band_edges(n_bins: int) -> Counts:
    """First bins of the bands, and `n_bins`; bin 0 belongs to none."""
    edges = [1]
    while edges[-1] < n_bins:
        edges.append(max(edges[-1] + 1, round(edges[-1] * 2 ** (1 / BANDS_PER_OCTAVE))))
    return np.array([*edges[:-1], n_bins])


class NoiseFloor:
    """The floor within a window of `n_segments` segments; `frames_per_s` of the powers."""

    def __init__(self, n_bins: int, n_segments: int, frames_per_s: float) -> None:
        edges = band_edges(n_bins)
        n_bands = len(edges) - 1
        self._n_levels = round((CEILING_DB - FLOOR_DB) / STEP_DB)
        self._first_count = np.repeat(np.arange(n_bands), np.diff(edges))[:, None] * self._n_levels
        self._widths = np.diff(edges)
        self._middles = (edges[:-1] + edges[1:] - 1) / 2
        self._bins = np.arange(n_bins)
        self._least_frames = LEAST_S * frames_per_s
        self._counts: deque[Counts] = deque(maxlen=n_segments)
        self._past = np.zeros((n_bins, N_SMOOTHED - 1 + 2 * N_BESIDE), np.float32)

    def add(self, power: Floats) -> None:
        """Counts the levels of a segment's powers [F, K]; the oldest segment leaves the window.

        Averages that digital silence, or a frame half in it, is part of are left out: they would look like a sound's.
        """
        whole = np.concatenate([self._past, power], axis=1)
        self._past = whole[:, power.shape[1] :]
        n_silent = _n_within(np.asarray(~whole.any(axis=0)), N_SMOOTHED + 2 * N_BESIDE)
        averages = _n_within(whole[1:, N_BESIDE : whole.shape[1] - N_BESIDE], N_SMOOTHED) / N_SMOOTHED
        level_db = 10 * np.log10(np.maximum(averages[:, n_silent == 0], 10 ** (FLOOR_DB / 10)))
        level = np.minimum((level_db - FLOOR_DB) / STEP_DB, self._n_levels - 1).astype(np.int64)
        n_bands = len(self._widths)
        counts = np.bincount((level + self._first_count).ravel(), minlength=n_bands * self._n_levels)
        self._counts.append(counts.reshape(n_bands, self._n_levels))

    def power(self) -> Floats:
        """The power of steady noise in each bin [F] over the window."""
        counts = np.sum(self._counts, axis=0)
        n_frames = counts.sum(axis=1) / self._widths
        low_db, *ends_db = (_quantiles_db(counts, share) for share in (LOW_QUANTILE, *SPREAD_BETWEEN))
        own_spread_db = ends_db[1] - ends_db[0]
        spread_db = _averaged(own_spread_db)
        floor_db = low_db + MEAN_ABOVE_LOW * np.minimum(spread_db, MOST_SPREAD_USED_DB)
        trust = np.clip((SOUND_SPREAD_DB - spread_db) / (SOUND_SPREAD_DB - NOISE_SPREAD_DB), 0, 1)
        trust *= (own_spread_db > TONE_SPREAD_DB) & (n_frames >= self._least_frames)
        floor = 10 ** (np.interp(self._bins, self._middles, floor_db) / 10)
        return (floor * np.interp(self._bins, self._middles, trust)).astype(np.float32)


def _n_within(values: NDArray[Any], n_frames: int) -> NDArray[np.float64]:
    """Sums [..., K - n_frames + 1] over `n_frames` frames in a row."""
    sums = np.cumsum(values, axis=-1, dtype=np.float64)
    return sums[..., n_frames - 1 :] - np.pad(sums[..., :-n_frames], [(0, 0)] * (sums.ndim - 1) + [(1, 0)])


def _quantiles_db(counts: Counts, share: float) -> NDArray[np.float64]:
    """Per row, the level in dB below which `share` of its counts [bands, levels] lie."""
    below = np.cumsum(counts, axis=1)
    wanted = share * below[:, -1:]
    level = np.minimum(np.sum(below < wanted, axis=1), counts.shape[1] - 1)
    rows = np.arange(len(counts))
    before = below[rows, level] - counts[rows, level]
    part = (wanted[:, 0] - before) / np.maximum(counts[rows, level], 1)
    return FLOOR_DB + STEP_DB * (level + part)


def _averaged(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each value with its neighbours, the outermost ones repeated."""
    padded = np.pad(values, N_BANDS_TOGETHER // 2, mode="edge")
    return np.convolve(padded, np.full(N_BANDS_TOGETHER, 1 / N_BANDS_TOGETHER), "valid")
