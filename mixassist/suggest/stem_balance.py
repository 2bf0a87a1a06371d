"""Balance learned from the stems of finished songs: each part's loudness re the mix, and its spread over songs.

This is where the style cards' values of the source `everything-is-free` come from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from mixassist.suggest.multitrack import Multitrack
from mixassist.suggest.rules.balance import MAIN_PARTS, REST, peak_level_db
from mixassist.suggest.style import StyleCard, Value

MEASURED = "everything-is-free"
ALIKE = {"synth bass": "bass"}
"""Instruments that take the value of the stem which holds them."""


def loudness_re_mix(song: Multitrack) -> dict[str, float]:
    """Loudness of each instrument in LU re the sum of all, which must not be silence."""
    mix_lufs = song.loudness_lufs()
    if mix_lufs is None:
        return {}
    return {each.instrument: each.loudness_lufs - mix_lufs for each in song.channels}


def stem_values(songs: Sequence[Multitrack]) -> dict[str, tuple[float, float]]:
    """Median and standard deviation of each instrument's loudness, of those that at least two songs have."""
    found: dict[str, list[float]] = {}
    for song in songs:
        for instrument, loudness_lu in loudness_re_mix(song).items():
            found.setdefault(instrument, []).append(loudness_lu)
    return {
        name: (float(np.median(each)), float(np.std(each, ddof=1))) for name, each in found.items() if len(each) > 1
    }


def taught(card: StyleCard, values: Mapping[str, tuple[float, float]]) -> StyleCard:
    """The card with what it has from stems learned anew; without a value, an instrument keeps the card's."""
    balance = dict(card.balance)
    for name, old in card.balance.items():
        stem = ALIKE.get(name, name)
        if stem in values and MEASURED in {source.name for source in old.sources}:
            balance[name] = Value(*values[stem], old.sources)
    return replace(card, balance=balance)


def peak_spread_db(songs: Sequence[Multitrack]) -> float:
    """Standard deviation of the main parts' peak levels around each song's mean."""
    squares, n_free = 0.0, 0
    for song in songs:
        parts = [each.track for each in song.channels if each.instrument in (*MAIN_PARTS, REST)]
        levels = np.array([peak_level_db(track) for track in parts])
        squares += float(np.sum((levels - levels.mean()) ** 2))
        n_free += len(levels) - 1
    return float(np.sqrt(squares / n_free))
