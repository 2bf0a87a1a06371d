"""Where a recording sounds: a gate with hysteresis over its levels, and pieces of a handy length.

Conventions:
    Levels are [n] in dB of hops of 10 ms; a span is a first hop and one past the last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import N_HOPS_PER_S, Floats

Span = tuple[int, int]

LOUD_PERCENTILE, FLOOR_PERCENTILE = 95, 5
ABOVE_FLOOR_DB = 10.0
LEAST_ABOVE_FLOOR_DB = 3.0
"""A gate that closes lower would stay open in noise."""
RANGE_DB = 50.0
"""Further below the loud parts it is a pause in any case."""
LEAST_RANGE_DB = 15.0
"""What is nearer to the loud parts is sound in any case: a drone is no pause."""
HYSTERESIS_DB = 6.0
SMOOTHING_HOPS = 3
SILENCE_DB = -90.0
MIN_PAUSE_S = 0.3
MIN_SOUND_S = 0.1
"""Shorter ones are clicks."""
BEFORE_S, AFTER_S = 0.03, 0.1
"""Kept around a sound: attacks begin below the gate, and rooms end there."""
MIN_NOISE_HOPS = 10


@dataclass(frozen=True)
class Gate:
    """Sound begins above `open_db` and lasts until it falls below `close_db`."""

    open_db: float
    close_db: float


def choose_gate(levels_db: Floats) -> Gate:
    """The gate that suits a recording's own loud parts and its own noise."""
    audible = levels_db[levels_db > SILENCE_DB]
    if audible.size == 0:
        return Gate(np.inf, np.inf)
    loud_db = float(np.percentile(audible, LOUD_PERCENTILE))
    floor_db = float(np.percentile(levels_db, FLOOR_PERCENTILE))
    open_db = min(max(loud_db - RANGE_DB, floor_db + ABOVE_FLOOR_DB), loud_db - LEAST_RANGE_DB)
    close_db = max(open_db - HYSTERESIS_DB, min(floor_db + LEAST_ABOVE_FLOOR_DB, open_db))
    return Gate(max(open_db, SILENCE_DB), max(close_db, SILENCE_DB))


def find_sounds(levels_db: Floats) -> list[Span]:
    """Spans of sound in order, pauses between them; what is shorter than a sound is left out."""
    gate = choose_gate(levels_db)
    smooth_db = power_to_db(uniform_filter1d(10 ** (levels_db / 10), SMOOTHING_HOPS, mode="nearest"))
    spans = [span for span in _runs(smooth_db > gate.close_db) if (smooth_db[slice(*span)] > gate.open_db).any()]
    spans = [span for span in spans if span[1] - span[0] >= MIN_SOUND_S * N_HOPS_PER_S]
    before, after = round(BEFORE_S * N_HOPS_PER_S), round(AFTER_S * N_HOPS_PER_S)
    return _join([(max(first - before, 0), min(last + after, len(levels_db))) for first, last in spans])


def cut(spans: list[Span], levels_db: Floats, longest_s: float) -> list[Span]:
    """The spans with long ones cut where they are quietest, none longer than `longest_s` or shorter than half of it."""
    longest = round(longest_s * N_HOPS_PER_S)
    pieces = []
    for first, last in spans:
        while last - first > longest:
            low, high = first + longest // 2, min(first + longest, last - longest // 2)
            at = low + int(levels_db[low : high + 1].argmin())
            pieces.append((first, at))
            first = at
        pieces.append((first, last))
    return pieces


def signal_to_noise_db(levels_db: Floats, spans: list[Span]) -> float | None:
    """Level of the sounds above that of the pauses; None without a pause to hear noise in."""
    is_sound = np.zeros(len(levels_db), dtype=bool)
    for first, last in spans:
        is_sound[first:last] = True
    if np.count_nonzero(~is_sound) < MIN_NOISE_HOPS or not is_sound.any():
        return None
    sound, noise = 10 ** (levels_db[is_sound] / 10), 10 ** (levels_db[~is_sound] / 10)
    return float(power_to_db(sound.mean()) - power_to_db(np.median(noise)))


def _runs(is_on: NDArray[np.bool_]) -> list[Span]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_on, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _join(spans: list[Span]) -> list[Span]:
    """Spans with what lies between them where that is too short for a pause."""
    joined: list[Span] = []
    for span in spans:
        if joined and span[0] - joined[-1][1] < MIN_PAUSE_S * N_HOPS_PER_S:
            joined[-1] = (joined[-1][0], span[1])
        else:
            joined.append(span)
    return joined
