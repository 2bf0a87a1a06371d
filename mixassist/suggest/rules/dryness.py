"""Dryness: how far a track's level falls where it ends.

A room holds what a track lets go: with a decay of T seconds and the level R of the room re the track, `FALL_S` after an
end the level is at R - 60 · FALL_S / T, some 23 dB down for a usual room. What falls much further has no such room,
whatever was played. What never ends says nothing, and counts as not dry: a room that is not missed harms nobody.
"""

from __future__ import annotations

import numpy as np

from mixassist.dsp.decibels import FLOOR_DB, power_to_db
from mixassist.dsp.hops import N_HOPS_PER_S, Floats, windows

FALL_S = 0.25
HELD_HOPS = 5
"""Levels are the highest of so many hops: zeros of low notes are no ends."""

END_DB = 10.0
"""A fall of so much is an end."""

LOUD_DB = -15.0
"""Ends are looked for in what is at most so far below the loud hops."""

MIN_ENDS = 3
QUANTILE = 0.75


def fall_db(powers: Floats) -> float | None:
    """How far the level falls in `FALL_S` at ends, of mean squares [n_hops]: their upper quartile.

    None where fewer than `MIN_ENDS` are heard.
    """
    level_db = windows(power_to_db(powers), HELD_HOPS).max(axis=-1, initial=FLOOR_DB)
    n_fall = round(FALL_S * N_HOPS_PER_S)
    sounding = level_db[level_db > FLOOR_DB + 1]
    if len(level_db) <= n_fall or len(sounding) == 0:
        return None
    is_loud = level_db[:-n_fall] > np.percentile(sounding, 95) + LOUD_DB
    falls = np.where(is_loud, level_db[:-n_fall] - level_db[n_fall:], 0.0)
    edges = np.flatnonzero(np.diff(falls > END_DB, prepend=False, append=False))
    ends = [float(falls[first:last].max()) for first, last in zip(edges[::2], edges[1::2], strict=True)]
    return float(np.quantile(ends, QUANTILE)) if len(ends) >= MIN_ENDS else None
