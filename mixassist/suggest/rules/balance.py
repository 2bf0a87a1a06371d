"""Faders: a song whose levels could hardly be a finished mix's gets back what its faders are probably off by.

Two things are looked at, loudness and peaks, both re the other tracks:

- loudness re the mix, which the style cards have a target and a spread for per instrument;
- the level of peaks of the main parts (lead vocal, drums, bass, the rest of a band), which engineers leave near each
  other whatever the genre: loudness varies with how percussive a part is played, peaks less so.

Both deviations are averaged by their certainty, and `fader_posterior` judges the song as a whole. Where the genre was
guessed, the song is held against every card: the guessed ones, and those the guess cannot name. A lead that the user
names is to be as loud as a lead vocal, whatever it is, and singers beside it as backing vocals.

What this brings, and what equal loudness or doing nothing would, is measured by `benchmarks.balance`. The faders
learned from MedleyDB (`mixassist.suggest.balance`) are told beside each track and have no say here, for a reason given
there.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.hops import Floats
from mixassist.suggest.advice import Parameter, Reason, Suggestion
from mixassist.suggest.fader_posterior import Deviations, Verdict, judge
from mixassist.suggest.instruments import INSTRUMENTS
from mixassist.suggest.multitrack import LEADS, Channel, Multitrack
from mixassist.suggest.style import StyleCard
from mixassist.suggest.style_files import NEUTRAL, load_style, style_names
from mixassist.suggest.track import Track

MOST_DB = 18.0
LEAST_DB = 1.0
"""Moves that are smaller are not worth the hand."""

MIN_SPREAD_LU = 2.5
"""One engineer's spread around the lead is 1.6 LU (De Man), songs spread wider than that."""

UNSURE_SPREAD_LU = 6.0
"""Spread of a track nobody knows the instrument of: that of the cards' least certain instruments."""

PEAK_SPREAD_DB = 4.0
"""How far the peak levels of a song's main parts lie from their mean: 4.0 dB in 7 songs ("Everything is Free", CC0)."""

MAIN_PARTS = ("lead vocal", "drums", "bass", "double bass", "synth bass")
APART = {"vocals": "lead vocal", "bass": "bass", "drums": "drums"}
"""Families that are no part of the rest of a band, and the instruments that say how loud they are."""

REST = "other"
MAX_TRACKS_OF_STEMS = 5


@dataclass(frozen=True, eq=False)
class Held:
    """A song held against a card: deviations [N] with their spreads, and the loudness [N] it was to have."""

    card: StyleCard
    deviations: Deviations
    target_lu: Floats


def suggest_gains(song: Multitrack) -> list[Suggestion]:
    """A `gain` for each track that is too loud or too soft for what it is, nothing for what may be a finished mix."""
    if len(song.channels) < 2:
        return []
    verdict, held = weigh_faders(song, plausible_cards(song))
    if verdict.is_finished:
        return []
    moves = moves_db(verdict)
    reasons = _reasons(song.channels, held[int(np.argmax(verdict.likely))], moves)
    return [
        _suggestion(channel, float(move_db), reason, 1 - verdict.finished)
        for channel, move_db, reason in zip(song.channels, moves, reasons, strict=True)
        if move_db
    ]


def moves_db(verdict: Verdict) -> Floats:
    """Moves [N] that take the errors back, those worth the hand, within what a fader can do."""
    moves = np.clip(-verdict.error_db, -MOST_DB, MOST_DB)
    return np.where(np.abs(moves) < LEAST_DB, 0.0, moves)


def plausible_cards(song: Multitrack) -> list[tuple[StyleCard, float]]:
    """The cards a song may be held against and their probabilities; where a guess was made, all there are.

    A guess knows only the genres it was learned on. The others get the share they have of the cards.
    """
    known = song.genre.probabilities
    if len(known) == 1:
        return [(song.style, 1.0)]
    unknown = [name for name in style_names() if name not in known and name != NEUTRAL]
    share = len(unknown) / (len(unknown) + len(known))
    guessed = [(load_style(name), (1 - share) * each) for name, each in known.items() if each > 0]
    return [*guessed, *((load_style(name), share / len(unknown)) for name in unknown)]


def weigh_faders(
    song: Multitrack, cards: Sequence[tuple[StyleCard, float]], peak_spread_db: float = PEAK_SPREAD_DB
) -> tuple[Verdict, list[Held]]:
    """What to think of a song's faders, and how it deviates from each of the cards."""
    held = [_hold(song.channels, card, probability, peak_spread_db) for card, probability in cards]
    return judge([each.deviations for each in held]), held


def peak_level_db(track: Track) -> float:
    """The power-weighted mean of a track's squared peaks, in dB: its peaks where it plays, however seldom it does."""
    squares = np.square(track.peaks, dtype=np.float64)
    return 10 * math.log10(float((squares**2).sum() / squares.sum()))


def _hold(channels: Sequence[Channel], card: StyleCard, probability: float, peak_spread_db: float) -> Held:
    """Deviations from a card's loudness and from equal peaks, averaged by certainty.

    Both are looks at the same fader and off together, so that the mean is as uncertain as they are, on average.
    """
    names = [each.part for each in channels]
    n_alike = np.array([names.count(name) for name in names])
    target, spread = _targets(channels, card)
    shared = 10 * np.log10(n_alike)  # tracks of one instrument share what it has
    by_loudness = np.array([each.loudness_lufs for each in channels]) + shared - target
    peaks = np.array([peak_level_db(each.track) for each in channels]) + shared
    is_main = np.array([name in MAIN_PARTS for name in names]) | _is_rest(channels)
    if is_main.sum() < 2:
        return Held(card, Deviations(by_loudness, spread, probability), target - shared)
    by_peaks = peaks - peaks[is_main].mean() + by_loudness[is_main].mean()
    trust = np.where(is_main, peak_spread_db**2 / (peak_spread_db**2 + spread**2), 1.0)
    deviation = trust * by_loudness + (1 - trust) * by_peaks
    spread = trust * spread + (1 - trust) * peak_spread_db
    return Held(card, Deviations(deviation, spread, probability), target - shared)


def _targets(channels: Sequence[Channel], card: StyleCard) -> tuple[Floats, Floats]:
    """Loudness re the mix [N] of each instrument and its spread [N].

    As far as an instrument is unsure, its target is that of the tracks' mean (equal loudness), and its spread the
    mixture's.
    """
    values = [card.balance[each.part] for each in channels]
    is_rest = _is_rest(channels)
    rest = _rest_lu(channels, card)
    told = np.array([rest if is_it else value.value for is_it, value in zip(is_rest, values, strict=True)])
    spread = np.maximum([value.spread for value in values], MIN_SPREAD_LU)
    sure = np.array([1.0 if each.said_part else each.confidence for each in channels])
    mean = told.mean()
    variance = sure * spread**2 + (1 - sure) * UNSURE_SPREAD_LU**2 + sure * (1 - sure) * (told - mean) ** 2
    return sure * told + (1 - sure) * mean, np.sqrt(variance)


def _is_rest(channels: Sequence[Channel]) -> NDArray[np.bool_]:
    """Whether each track [N] is the rest of a band in stems: the only one called other, beside few."""
    is_other = np.array([each.part == REST for each in channels])
    return is_other & (is_other.sum() == 1) & (len(channels) <= MAX_TRACKS_OF_STEMS)


def _rest_lu(channels: Sequence[Channel], card: StyleCard) -> float:
    """Loudness of all the rest of a band: what those of lead, bass and drums that have tracks leave of the mix.

    Loudness is gated, so that parts that pause add up to more than the mix; then the card's `other` says it.
    """
    families = {INSTRUMENTS[each.part].family for each in channels}
    left = 1 - sum(10 ** (card.balance[name].value / 10) for family, name in APART.items() if family in families)
    least = 10 ** (card.balance[REST].value / 10)
    return 10 * math.log10(max(left, least))


def _reasons(channels: Sequence[Channel], held: Held, moves_db: Floats) -> list[Reason]:
    """Why each track is moved: its level as the targets have them, less what all deviate by after the moves."""
    deviation, spread = held.deviations.deviation_db, held.deviations.spread_db
    common = np.average(deviation + moves_db, weights=spread**-2)
    return [
        Reason(
            f"balance: level of {_words(channel)} re the mix as the others are, by loudness and peaks, LU",
            measured=float(target + off_db - common),
            target=float(target),
            tolerance=float(wide),
            source=", ".join(each.title for each in held.card.balance[channel.part].sources),
        )
        for channel, target, off_db, wide in zip(channels, held.target_lu, deviation, spread, strict=True)
    ]


def _words(channel: Channel) -> str:
    """What it is, and what it was said to be, if that is something else."""
    role = {"": "", LEADS[0]: "the lead, "}.get(channel.said_part, "beside the lead, ")
    return f"{role}{channel.instrument}"


def _suggestion(channel: Channel, move_db: float, reason: Reason, confidence: float) -> Suggestion:
    return Suggestion(
        track=channel.name,
        processor="gain",
        parameters=(Parameter("gain", move_db, "dB", -MOST_DB, MOST_DB),),
        reason=reason,
        confidence=(1.0 if channel.said_part else channel.confidence) * confidence,
        effect=f"{_words(channel)} moves {move_db:+.1f} dB against the others, to where it probably was meant",
    )
