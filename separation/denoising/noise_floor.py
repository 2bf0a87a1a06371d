"""The noise floor of a stream: how much of a spectrum's power is noise that stays, band by band.

Task: per moment, the power of steady noise in each bin, and 0 where nothing says that there is any.

Conventions: powers are float32 [F, K], the mean over channels of |X|², smoothed by nobody.

Derivation. Where music pauses, or between its partials, only noise is left. Of all cells of a band (a sixth of an
octave) within some seconds, averaged over `N_SMOOTHED` frames, the lowest are such moments: the tenth of them below
`LOW_QUANTILE` lies a fixed way below the noise's mean. Averages of noise spread little, and just as much in any band
and recording: between the 2.5th and the 15th of a hundred they rise by 2.3 dB (mono). What sounds, decays or
reverberates has no such edge: its lowest cells spread by 5 to 20 dB. So the same spread tells whether a band holds
steady noise at all, and how far its mean lies above its low quantile (more channels with noise of their own spread
less, and lie nearer).

Mastered music may be so dense that it comes near, so three more signs are asked for. Cells of noise go on as they
began: up to the 25th of a hundred they rise by 1.5 dB above the tenth, and music rises on. Where a band is softest, its
cells are noise's, whose logarithms lie 2.5 dB below their mean's, whereas partials with gaps between them lie deeper.
And noise has no peaks: a band whose lowest cells stand out of those to either side holds a note that goes on, a bass as
a rule. Levels were chosen on sounds that `python -m benchmarks --only denoise` does not use, and on pieces of songs
that `denoise-songs` looks at: what dense masters look like is learned from masters.

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
Levels = NDArray[np.float64]

N_SMOOTHED = 8
N_BESIDE = 3
"""Frames that overlap a frame, on either side."""

BANDS_PER_OCTAVE = 6
LOW_QUANTILE = 0.1
SPREAD_BETWEEN = (0.025, 0.15)
RISE_BETWEEN = (0.1, 0.25)
SPREAD_DB, RISE_DB, DEPTH_DB = (2.9, 3.5), (1.9, 2.4), (3.0, 3.6)
"""At most where a band's lowest cells are noise, and at least where they are not: how far they spread between the first
quantiles, how far they rise between the others, how far the mean of their logarithms lies below that of their mean."""

MOST_RISE_DB, MOST_DEPTH_DB = 6.0, 10.0
"""More than that counts as that, where neighbouring bands are averaged."""

STEEPEST_DB, PEAK_DB, REACH_OCTAVES = 12.0, 2.0, 1.01
"""How steep per octave noise may rise towards a band from both sides, and how far the band may stand out besides."""

QUIET_SHARE = 0.22
"""Of the segments of the window, those in which a band is softest."""

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
        self._slopes_db = _slopes_db(np.log2(self._middles))
        self._bins = np.arange(n_bins)
        self._least_frames = LEAST_S * frames_per_s
        self._edges = edges
        self._counts: deque[Counts] = deque(maxlen=n_segments)
        self._levels_db: deque[Levels | None] = deque(maxlen=n_segments)
        self._past = np.zeros((n_bins, N_SMOOTHED - 1 + 2 * N_BESIDE), np.float32)

    def add(self, power: Floats) -> None:
        """Counts the levels of a segment's powers [F, K]; the oldest segment leaves the window.

        Averages that digital silence, or a frame half in it, is part of are left out: they would look like a sound's.
        """
        whole = np.concatenate([self._past, power], axis=1)
        self._past = whole[:, power.shape[1] :]
        is_silent = np.asarray(~whole.any(axis=0))
        n_silent = _n_within(is_silent, N_SMOOTHED + 2 * N_BESIDE)
        averages = _n_within(whole[1:, N_BESIDE : whole.shape[1] - N_BESIDE], N_SMOOTHED) / N_SMOOTHED
        level_db = 10 * np.log10(np.maximum(averages[:, n_silent == 0], 10 ** (FLOOR_DB / 10)))
        level = np.minimum((level_db - FLOOR_DB) / STEP_DB, self._n_levels - 1).astype(np.int64)
        n_bands = len(self._widths)
        counts = np.bincount((level + self._first_count).ravel(), minlength=n_bands * self._n_levels)
        self._counts.append(counts.reshape(n_bands, self._n_levels))
        is_whole = _n_within(is_silent, 2 * N_BESIDE + 1)[-power.shape[1] :] == 0
        frames = whole[:, -power.shape[1] - N_BESIDE : -N_BESIDE][:, is_whole]
        self._levels_db.append(self._levels_of(frames) if frames.shape[1] >= N_SMOOTHED else None)

    def power(self) -> Floats:
        """The power of steady noise in each bin [F] over the window."""
        counts = np.sum(self._counts, axis=0)
        own_spread_db = _rises_db(counts, SPREAD_BETWEEN)
        spread_db = _averaged(own_spread_db)
        rise_db = _averaged(np.minimum(_rises_db(counts, RISE_BETWEEN), MOST_RISE_DB))
        trust = _from_to(SPREAD_DB, spread_db) * _from_to(RISE_DB, rise_db) * _from_to(DEPTH_DB, self._depths_db())
        trust *= (own_spread_db > TONE_SPREAD_DB) & (counts.sum(axis=1) / self._widths >= self._least_frames)
        floor_db = _quantiles_db(counts, LOW_QUANTILE) + MEAN_ABOVE_LOW * np.minimum(spread_db, MOST_SPREAD_USED_DB)
        floor_db = np.minimum(floor_db, np.min(self._slopes_db + floor_db, axis=2).max(axis=0) + PEAK_DB)
        floor = 10 ** (np.interp(self._bins, self._middles, floor_db) / 10)
        return (floor * np.interp(self._bins, self._middles, trust)).astype(np.float32)

    def _depths_db(self) -> Levels:
        """How far the mean level lies below that of the mean power where each band is softest, [bands]."""
        heard = [levels for levels in self._levels_db if levels is not None]
        if not heard:
            return np.full(len(self._widths), MOST_DEPTH_DB)
        of_mean, mean = np.stack(heard, axis=1)
        quiet = np.argsort(of_mean, axis=0)[: max(round(QUIET_SHARE * len(heard)), 1)]
        depths = np.take_along_axis(of_mean - mean, quiet, axis=0).mean(axis=0)
        return _averaged(np.minimum(depths, MOST_DEPTH_DB))

    def _levels_of(self, power: Floats) -> Levels:
        """Per band, the level of a segment's mean power and the mean of its levels, [2, bands]."""
        level_db = 10 * np.log10(np.maximum(power, np.finfo(np.float32).tiny))
        sums = np.stack([np.add.reduceat(each, self._edges[:-1], axis=0).sum(axis=1) for each in (power, level_db)])
        of_mean, mean = sums.astype(np.float64) / (self._widths * power.shape[1])
        return np.stack([10 * np.log10(np.maximum(of_mean, np.finfo(np.float32).tiny)), mean])


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


def _slopes_db(octaves: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each band may stand out of the others to its left, and to its right, [2, bands, bands]; inf: any."""
    above = octaves[:, None] - octaves
    slopes = np.stack(
        [np.where((side > 0) & (side <= REACH_OCTAVES), STEEPEST_DB * side, np.inf) for side in (above, -above)]
    )
    slopes[:, [0, -1]] = slopes[:, [0, -1]].min(axis=0)  # the outermost have neighbours on one side
    return slopes


def _rises_db(counts: Counts, shares: tuple[float, float]) -> NDArray[np.float64]:
    """Per row, by how many dB its counts [bands, levels] rise between two quantiles."""
    low_db, high_db = (_quantiles_db(counts, share) for share in shares)
    return high_db - low_db


def _from_to(ends_db: tuple[float, float], values_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 up to the first end, 0 from the second on, and between them a straight line."""
    return np.clip((ends_db[1] - values_db) / (ends_db[1] - ends_db[0]), 0, 1)


def _averaged(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each value with its neighbours, the outermost ones repeated."""
    padded = np.pad(values, N_BANDS_TOGETHER // 2, mode="edge")
    return np.convolve(padded, np.full(N_BANDS_TOGETHER, 1 / N_BANDS_TOGETHER), "valid")
