"""`estimate_room`: how long the room of a recording rings, per octave, and how near its sources are, from sound alone.

Task: RT60 and direct-to-reverberant ratio of a recording whose dry original nobody has.

Method: in narrow bands, straight lines are laid through the level over 0.2 s and 0.4 s, everywhere. Where the level
falls and stays near its line, a sound has ended and the room is heard. A note may fade more slowly than the room, but
never faster: of the falls in an octave the steep quantiles tell of the room. How they become seconds and DRR
was fitted on made rooms (`python -m benchmarks --only room-estimates` says how far off takes are that were left out).

Conventions: blocks are [C, n]; channels are heard together. Memory does not grow with length.
References: R. Ratnam et al., "Blind estimation of reverberation time", J. Acoust. Soc. Am. 114(5), 2003;
    J. Y. C. Wen, E. A. P. Habets and P. A. Naylor, "Blind estimation of reverberation time based on the distribution
    of signal decay rates", ICASSP 2008.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import correlate1d, maximum_filter1d

from mixassist.audio.blocks import rechunk
from mixassist.audio.buffer import Samples
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats
from mixassist.dsp.spectrum import hann

HEARD_HZ = (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0)
N_BANDS_PER_OCTAVE = 6
HOP_S, WINDOW_S, PIECE_S = 0.01, 0.04, 20.0
SPANS_S = (0.2, 0.4)
"""Lengths of the lines: the short ones for dead rooms, the long ones for halls."""

FASTEST_DB_S, SLOWEST_DB_S, N_RATES = 600.0, 6.0, 96
RANGE_DB = 50.0
"""Falls that end deeper below the loudest of the last 20 s are those of the recording's noise."""

STRAIGHT_DB = 2.5
"""How far levels may lie from their line, rms: a decay of noise in a narrow band keeps to it as far as that."""

QUANTILES = (0.02, 0.1, 0.3, 0.6)
"""Which of the falls in an octave are looked at, from the steepest on."""

TIME_WEIGHTS = (-1.957, -0.452, 0.598, 0.266, 0.553, 0.371, -0.598, -0.172, 6.19)
DRR_WEIGHTS = (2.23, -2.95, 1.4, 3.34, -3.7, -1.0, 3.5, -1.3, -7.13)
"""Of the logarithms of the quantiles, spans inside, and of 1: to the logarithm of RT60 in s, and to DRR in dB."""

N_SURE = 400
"""Falls in an octave that make its estimate as sure as it gets."""


@dataclass(frozen=True)
class RoomEstimate:
    """A recording's room: RT60 in the middle and per octave (Hz) in seconds, DRR in dB, and how sure that is, 0 to 1.

    Times are None where no sound was heard to end.
    """

    rt60_s: float | None
    rt60_by_octave: dict[float, float | None]
    drr_db: float | None
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def estimate_room(blocks: Iterable[Samples], rate: int, n_channels: int) -> RoomEstimate:
    """The room in which blocks [n_channels, n] at `rate` Hz were recorded."""
    return room_of(count_falls(blocks, rate, n_channels))


def count_falls(blocks: Iterable[Samples], rate: int, n_channels: int) -> Floats:
    """How many falls there are of each steepness, [span, octave, N_RATES], the steepest first."""
    counts = np.zeros((len(SPANS_S), len(HEARD_HZ), N_RATES))
    for levels_db in _band_levels_db(blocks, rate, n_channels):
        for span, seconds in enumerate(SPANS_S):
            counts[span] += _falls(levels_db, round(seconds / HOP_S))
    return counts


def fall_features(counts: Floats) -> Floats:
    """What times are told by, [octave, N]: logarithms of the steepness in dB/s at each quantile and span, and 1."""
    share = np.cumsum(counts, axis=-1) / np.maximum(counts.sum(axis=-1, keepdims=True), 1)
    logarithms = np.log(_rates_db_s())
    at_quantiles = [logarithms[np.argmax(share >= quantile, axis=-1)] for quantile in QUANTILES]
    return np.vstack([*at_quantiles, np.ones((1, len(HEARD_HZ)))]).T


def room_of(counts: Floats) -> RoomEstimate:
    """The room that falls [span, octave, N_RATES] tell of."""
    features = fall_features(counts)
    is_told = counts[0].any(axis=-1)  # in dead rooms no fall lasts as long as the long lines
    times = np.where(is_told, np.exp(features @ np.asarray(TIME_WEIGHTS)), np.nan)
    heard = {hz: float(time) if told else None for hz, time, told in zip(HEARD_HZ, times, is_told, strict=True)}
    if not is_told.any():
        return RoomEstimate(None, heard, None, 0.0)
    sure = np.minimum(counts[0].sum(axis=-1) / N_SURE, 1)
    drr_db = float(features[is_told].mean(axis=0) @ np.asarray(DRR_WEIGHTS))
    return RoomEstimate(float(np.nanmedian(times)), heard, drr_db, float(sure.mean()))


def _band_levels_db(blocks: Iterable[Samples], rate: int, n_channels: int) -> Iterator[Floats]:
    """Levels [octave, bands, K] of the narrow bands, 20 s at a time; octaves above half the rate are silent."""
    hop = max(round(HOP_S * rate), 1)
    n_fft = scipy.fft.next_fast_len(round(WINDOW_S * rate), real=True)
    shares = _band_shares(np.fft.rfftfreq(n_fft, 1 / rate))
    for piece in rechunk(blocks, round(PIECE_S * rate)):
        if piece.shape[1] < n_fft:
            return
        powers = np.zeros((1 + (piece.shape[1] - n_fft) // hop, n_fft // 2 + 1))
        for channel in piece[:n_channels]:
            frames = sliding_window_view(channel, n_fft)[::hop]
            powers += np.square(np.abs(scipy.fft.rfft(frames * hann(n_fft), axis=1)))
        yield power_to_db((powers @ shares.T).T).reshape(len(HEARD_HZ), N_BANDS_PER_OCTAVE, -1)


def _band_shares(hz: NDArray[np.floating]) -> Floats:
    """What each bin [F] gives to each narrow band [bands, F]: triangles one band wide to both sides."""
    steps = (np.arange(N_BANDS_PER_OCTAVE) + 0.5) / N_BANDS_PER_OCTAVE - 0.5
    centres = (np.asarray(HEARD_HZ)[:, None] * 2**steps).reshape(-1, 1)
    away = np.abs(hz - centres) / np.maximum(centres / N_BANDS_PER_OCTAVE, 1.5 * hz[1])
    return np.clip(1 - away, 0, None)


def _falls(levels_db: Floats, n_span: int) -> Floats:
    """Counts [octave, N_RATES] of the straight falls of `n_span` frames in levels [octave, bands, K]."""
    if levels_db.shape[-1] <= n_span:
        return np.zeros((len(levels_db), N_RATES))
    x = np.arange(n_span) - (n_span - 1) / 2
    inside = slice(n_span // 2, levels_db.shape[-1] - (n_span - 1) // 2)
    slope = correlate1d(levels_db, x / np.sum(x**2), axis=-1)[..., inside]
    flat = np.full(n_span, 1 / n_span)
    mean = correlate1d(levels_db, flat, axis=-1)[..., inside]
    variance = correlate1d(levels_db**2, flat, axis=-1)[..., inside] - mean**2
    off_line = variance - slope**2 * np.mean(x**2)
    loudest = maximum_filter1d(levels_db, levels_db.shape[-1], axis=-1)[..., inside].max(axis=-1, keepdims=True)
    is_heard = mean + slope * n_span / 2 > loudest - RANGE_DB
    is_fall = is_heard & (off_line < STRAIGHT_DB**2)
    rates = -slope / HOP_S
    edges = np.geomspace(SLOWEST_DB_S, FASTEST_DB_S, N_RATES + 1)
    counts = [np.histogram(rate[kept], edges)[0][::-1] for rate, kept in zip(rates, is_fall, strict=True)]
    return np.asarray(counts, np.float64)


def _rates_db_s() -> Floats:
    """Steepness in dB/s of each count."""
    edges = np.geomspace(SLOWEST_DB_S, FASTEST_DB_S, N_RATES + 1)
    return np.sqrt(edges[1:] * edges[:-1])[::-1]
