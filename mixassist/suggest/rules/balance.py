"""Faders: tracks whose loudness re the mix lies outside their instrument's spread in the genre are moved to its edge.

Only relations count: the level that all tracks share is chosen so that the least has to be moved. Loudness of
instruments re the mix: the style cards (De Man et al., ISMIR 2014, and others named there).

On 13 real multitracks in stems with faders off by up to ±9 dB, relative gains come back with a mean absolute error of
2.9 dB; equal loudness leaves 3.8, doing nothing 3.8. A second look moves nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from mixassist.dsp.hops import Floats
from mixassist.suggest.advice import Parameter, Reason, Suggestion
from mixassist.suggest.multitrack import Channel, Multitrack

MOST_DB = 18.0
LEAST_DB = 0.5
"""Moves that are smaller are not worth the hand."""

REST_LU = -4.0
"""Loudness of `other` where it is all the rest of a band: with lead, bass and drums as the cards have them, the rest
that makes up the mix is -6.4; 20 songs in four stems of our own measuring have -4.7 on average."""

MIN_SPREAD_LU = 2.5
"""One engineer's spread around the lead is 1.6 LU (De Man), songs spread wider than that."""

MAX_TRACKS_OF_STEMS = 5


def suggest_gains(song: Multitrack) -> list[Suggestion]:
    """A `gain` for each track that is too loud or too soft for what it is."""
    channels = song.channels
    mix_lufs = song.loudness_lufs()
    if len(channels) < 2 or mix_lufs is None:
        return []
    targets, spreads = _targets(song)
    measured = np.array([each.loudness_lufs for each in channels]) - mix_lufs
    measured = measured - common_level_db(measured - targets, spreads)
    moves = gains_to_spread(measured - targets, spreads)
    return [
        _suggestion(song, each, float(move), (float(lu), float(target), float(spread)))
        for each, move, lu, target, spread in zip(channels, moves, measured, targets, spreads, strict=True)
        if abs(move) >= LEAST_DB
    ]


def gains_to_spread(deviations_db: Floats, spreads_db: Floats) -> Floats:
    """Moves [N] that bring deviations [N], less their common level, to within their spreads."""
    rest = deviations_db - common_level_db(deviations_db, spreads_db)
    moves = -np.sign(rest) * np.maximum(np.abs(rest) - spreads_db, 0)
    return np.asarray(np.clip(moves, -MOST_DB, MOST_DB))


def common_level_db(deviations_db: Floats, spreads_db: Floats) -> float:
    """The level from which deviations [N] need the least movement.

    The sum of moves is convex and piecewise linear in it, so that one of its corners is best; of equals, the nearest to
    the mean weighted by certainty.
    """
    middle = float(np.average(deviations_db, weights=1 / spreads_db**2))
    corners = np.concatenate([[middle], deviations_db - spreads_db, deviations_db + spreads_db])
    excess = np.maximum(np.abs(deviations_db - corners[:, None]) - spreads_db, 0).sum(axis=1)
    best = corners[excess <= excess.min() + 1e-9]
    return float(best[np.argmin(np.abs(best - middle))])


def _targets(song: Multitrack) -> tuple[Floats, Floats]:
    """Loudness re the mix [N] and its spread [N]; tracks of one instrument share what it has."""
    count = [sum(other.instrument == each.instrument for other in song.channels) for each in song.channels]
    values = [song.style.balance[each.instrument] for each in song.channels]
    is_rest = _has_rest(song.channels)
    targets = [
        (REST_LU if is_rest and each.instrument == "other" else value.value) - 10 * math.log10(n)
        for each, value, n in zip(song.channels, values, count, strict=True)
    ]
    return np.array(targets), np.maximum([value.spread for value in values], MIN_SPREAD_LU)


def _has_rest(channels: Sequence[Channel]) -> bool:
    """Whether one track called other is the rest of a band in stems."""
    others = [each for each in channels if each.instrument == "other"]
    return len(others) == 1 and len(channels) <= MAX_TRACKS_OF_STEMS


def _suggestion(song: Multitrack, channel: Channel, move_db: float, facts: tuple[float, float, float]) -> Suggestion:
    measured, target, spread = facts
    source = ", ".join(each.title for each in song.style.balance[channel.instrument].sources)
    certainty = channel.confidence * min(1.0, 0.4 + 0.1 * abs(move_db))
    return Suggestion(
        track=channel.name,
        processor="gain",
        parameters=(Parameter("gain", move_db, "dB", -MOST_DB, MOST_DB),),
        reason=Reason(
            f"balance: loudness of {channel.instrument} re the mix as the others are, LU",
            measured,
            target,
            spread,
            source,
        ),
        confidence=max(certainty, 0.1),
        effect=f"{channel.instrument} moves {move_db:+.1f} dB against the others, to the edge of what is usual",
    )
