"""What stems teach: medians and spreads of parts, put into a card where it has them from stems."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mixassist.suggest.advice import GenreUsed
from mixassist.suggest.multitrack import Channel, Multitrack
from mixassist.suggest.stem_balance import loudness_re_mix, peak_spread_db, stem_values, taught
from mixassist.suggest.style_files import load_style
from mixassist.suggest.track import Track
from tests.tolerances import SUMMED_LEVELS_DB


def song(levels_lufs, peaks_db):
    channels = []
    for (name, lufs), peak_db in zip(levels_lufs.items(), peaks_db, strict=True):
        weighted = np.full(300, 10 ** ((lufs + 0.691) / 10))
        peaks = np.full(300, 10 ** (peak_db / 20))
        track = Track(Path(), 44100, 1, 3.0, weighted, weighted, peaks, np.ones((30, 31)), None)
        channels.append(Channel(name, track, track.loudness_lufs, name, "other", 0.9))
    return Multitrack(tuple(channels), (), GenreUsed("rock", {"rock": 1.0}), load_style("rock"), None)


SONGS = [song({"bass": -20.0, "drums": -20.0 + k, "piano": -40.0}, (-6.0, -6.0 + 2 * k, 0.0)) for k in (-1, 0, 4)]


def test_loudness_is_re_the_sum():
    found = loudness_re_mix(song({"bass": -20.0, "drums": -20.0}, (0.0, 0.0)))
    assert found == pytest.approx({"bass": -3.01, "drums": -3.01}, abs=SUMMED_LEVELS_DB)


def test_values_are_medians_with_the_spread_of_songs():
    values = stem_values([*SONGS, song({"strings": -20.0}, (0.0,))])
    told = [loudness_re_mix(each)["drums"] for each in SONGS]
    assert values["drums"] == pytest.approx((sorted(told)[1], np.std(told, ddof=1)))
    assert set(values) == {"bass", "drums", "piano"}


def test_peaks_of_main_parts_spread_around_their_mean():
    """Differences of -2, 0 and 8 dB between two parts: squares of 2, 0 and 32 with one degree of freedom each."""
    assert peak_spread_db(SONGS) == pytest.approx(np.sqrt((2 + 0 + 32) / 3))


def test_only_what_came_from_stems_is_learned_anew():
    card = load_style("electronic")
    again = taught(card, {"bass": (-3.0, 2.0), "kick": (0.0, 1.0)})
    assert {name for name in card.balance if again.balance[name] != card.balance[name]} == {"bass", "synth bass"}
    assert (again.balance["synth bass"].value, again.balance["synth bass"].spread) == (-3.0, 2.0)
