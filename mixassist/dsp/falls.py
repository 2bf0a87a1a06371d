"""Where levels fall along straight lines: how steep the falls are, and how far the level jumped down before them.

Conventions: levels are in dB, [octave, bands, K], one frame every `HOP_S`; counts are per octave, over its bands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d

from mixassist.dsp.hops import Floats

HOP_S = 0.01
FASTEST_DB_S, SLOWEST_DB_S, N_RATES = 600.0, 6.0, 96
RANGE_DB = 50.0
"""Falls that end deeper below the loudest of the levels are those of the recording's noise."""

STRAIGHT_DB = 2.5
"""How far levels may lie from their line, rms: a decay of noise in a narrow band keeps to it as far as that."""

BEFORE_S = 0.12
"""How far before a fall its jump is looked for."""

JUMP_DB, N_JUMPS = 2.0, 16


@dataclass(frozen=True, eq=False)
class Falls:
    """How many straight falls there are: of each steepness [octave, N_RATES], and after each jump [octave, N_JUMPS].

    The steepest come first, and the smallest jumps: a jump is how far the highest level shortly before a fall lies
    above its line.
    """

    counts: Floats
    jumps: Floats


def straight_falls(levels_db: Floats, n_span: int) -> Falls:
    """The straight falls of `n_span` frames in levels."""
    n_octaves = len(levels_db)
    if levels_db.shape[-1] <= n_span:
        return Falls(np.zeros((n_octaves, N_RATES)), np.zeros((n_octaves, N_JUMPS)))
    slope, mean, off_line = _lines(levels_db, n_span)
    loudest = levels_db.max(axis=-1, keepdims=True)
    is_fall = (mean + slope * n_span / 2 > loudest - RANGE_DB) & (off_line < STRAIGHT_DB**2)
    rates = -slope / HOP_S
    edges = np.geomspace(SLOWEST_DB_S, FASTEST_DB_S, N_RATES + 1)
    counts = [np.histogram(rate[kept], edges)[0][::-1] for rate, kept in zip(rates, is_fall, strict=True)]
    jumps = [
        _jumps(*octave, n_span) for octave in zip(levels_db, slope, mean, is_fall & (rates > edges[0]), strict=True)
    ]
    return Falls(np.asarray(counts, np.float64), np.asarray(jumps, np.float64))


def _lines(levels_db: Floats, n_span: int) -> tuple[Floats, Floats, Floats]:
    """Slope per frame, mean and mean squared distance of the line through each `n_span` frames in a row."""
    x = np.arange(n_span) - (n_span - 1) / 2
    inside = slice(n_span // 2, levels_db.shape[-1] - (n_span - 1) // 2)
    slope = correlate1d(levels_db, x / np.sum(x**2), axis=-1)[..., inside]
    flat = np.full(n_span, 1 / n_span)
    mean = correlate1d(levels_db, flat, axis=-1)[..., inside]
    variance = correlate1d(levels_db**2, flat, axis=-1)[..., inside] - mean**2
    return slope, mean, variance - slope**2 * np.mean(x**2)


def _jumps(
    levels_db: Floats, slope: Floats, mean: Floats, is_fall: NDArray[np.bool_], n_span: int
) -> NDArray[np.integer]:
    """How many falls of one octave's bands [bands, K] come after jumps of each size."""
    n_before = round(BEFORE_S / HOP_S)
    band, first = np.nonzero(is_fall)
    band, first = band[first >= n_before], first[first >= n_before]
    slopes, means = slope[band, first], mean[band, first]
    jump_db = np.zeros(len(first))
    for n_back in range(1, n_before + 1):
        line_db = means - slopes * ((n_span - 1) / 2 + n_back)
        np.maximum(jump_db, levels_db[band, first - n_back] - line_db, out=jump_db)
    return np.histogram(jump_db, np.arange(N_JUMPS + 1) * JUMP_DB)[0]
