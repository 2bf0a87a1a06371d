"""Faders of made-up songs: a finished one is left alone, what is off comes back, and the second look moves nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mixassist.suggest.advice import GenreUsed
from mixassist.suggest.instruments import INSTRUMENTS
from mixassist.suggest.multitrack import Channel, MixOptions, Multitrack, read_multitrack
from mixassist.suggest.rules.balance import LEAST_DB, peak_level_db, plausible_cards, suggest_gains, weigh_faders
from mixassist.suggest.style_files import blend_by_probability, load_style, style_names
from mixassist.suggest.track import Track
from tests.suggest.made_tracks import RATE, band

CARD = load_style("rock")
BAND = {"lead vocal": -3.0, "bass": -9.5, "drums": -9.1, "other": -6.7}
"""As the card has them, and what they leave."""

DANCE = {"lead vocal": -6.0, "bass": 0.0, "drums": -1.0, "other": -8.0}
GUESS = {"hiphop": 0.3, "reggae": 0.3, "disco": 0.2, "pop": 0.1, "rock": 0.1}


def track(loudness_lu, peak_db):
    weighted = np.full(300, 10 ** ((loudness_lu - 20 + 0.691) / 10))
    return Track(
        Path(), 44100, 1, 3.0, weighted, weighted, np.full(300, 10 ** (peak_db / 20)), np.tile(weighted[:30], 31), None
    )


def song(levels_lu, off_db=None, genre=None, confidence=1.0):
    """Parts whose peaks are alike, but for faders that are off."""
    channels = []
    for name, level_lu in levels_lu.items():
        error_db = (off_db or {}).get(name, 0.0)
        heard = track(level_lu + error_db, error_db - 10)
        channels.append(Channel(name, heard, heard.loudness_lufs, name, INSTRUMENTS[name].family, confidence))
    probabilities = genre or {"rock": 1.0}
    return Multitrack(tuple(channels), (), GenreUsed("", probabilities), blend_by_probability(probabilities), None)


def moves(found):
    return {each.track: each.number("gain") for each in suggest_gains(found)}


def test_a_band_as_the_card_has_it_is_left_alone():
    assert not moves(song(BAND))
    assert not moves(song({name: level - 11 for name, level in BAND.items()}))


def test_faders_that_are_off_come_back_nearly_whole_and_once():
    off = {"lead vocal": -9.0, "drums": 8.0}
    found = moves(song(BAND, off))
    assert 5 < found["lead vocal"] < 9
    assert -8 < found["drums"] < -4
    assert set(found) == {"lead vocal", "drums"}
    assert not moves(song(BAND, {name: off[name] + move for name, move in found.items()}))


def test_what_was_measured_and_meant_are_in_the_reason():
    suggestion = next(each for each in suggest_gains(song(BAND, {"bass": 14.0})) if each.track == "bass")
    assert suggestion.reason.target == pytest.approx(-9.5, abs=0.01)
    assert suggestion.reason.measured - suggestion.reason.target == pytest.approx(14, abs=1.5)
    assert "De Man" in suggestion.reason.source
    assert 0.5 < suggestion.confidence < 1


def test_an_instrument_nobody_knows_moves_less():
    sure, unsure = (moves(song(BAND, {"bass": 12.0}, confidence=each)) for each in (1.0, 0.4))
    assert abs(unsure.get("bass", 0.0)) < abs(sure["bass"])


def test_a_guess_leaves_other_genres_open():
    cards = {card.name: probability for card, probability in plausible_cards(song(BAND, genre=GUESS))}
    assert set(cards) == set(style_names()) - {"neutral"}
    assert sum(cards.values()) == pytest.approx(1)
    assert cards["hiphop"] > cards["disco"] > cards["rock"] > 0 < cards["electronic"]
    assert [card for card, _ in plausible_cards(song(BAND))] == [CARD]


def test_a_finished_song_of_a_genre_the_guess_cannot_name_is_left_alone():
    heavy = {"bass": 3.5, "drums": 3.5}
    assert moves(song(DANCE, heavy))
    assert not moves(song(DANCE, heavy, genre=GUESS))


def test_without_a_singer_the_rest_of_the_band_leads():
    levels = {name: level for name, level in BAND.items() if name != "lead vocal"} | {"other": -1.2}
    assert not moves(song(levels))
    told = next(each for each in suggest_gains(song(levels, {"other": -20.0})) if each.track == "other")
    assert told.reason.target == pytest.approx(-1.2, abs=0.1)


def test_a_singer_and_all_the_rest_are_about_as_loud():
    assert not moves(song({"lead vocal": -2.9, "other": -3.1}))
    (told,) = suggest_gains(song({"lead vocal": -2.9, "other": -3.1}, {"other": 15.0}))
    assert told.reason.target == pytest.approx(-3.0, abs=0.1)


def test_tracks_of_one_instrument_share_what_it_has():
    one = song({"lead vocal": -3.0, "piano": -8.0, "strings": -12.0})
    channels = [
        replace(one.channels[1], name=str(k), loudness_lufs=one.channels[1].loudness_lufs - 6) for k in range(4)
    ]
    assert not moves(replace(one, channels=(one.channels[0], *channels, one.channels[2])))


def test_peaks_count_where_a_track_plays():
    seldom = track(-10.0, -3.0)
    rare = replace(seldom, peaks=np.where(np.arange(300) < 5, seldom.peaks, 0.0))
    assert peak_level_db(rare) == pytest.approx(peak_level_db(seldom))
    assert peak_level_db(replace(seldom, peaks=2 * seldom.peaks)) - peak_level_db(seldom) == pytest.approx(
        20 * np.log10(2)
    )


def test_small_moves_are_not_worth_the_hand():
    found = moves(song(BAND, {"lead vocal": -9.0, "drums": 8.0, "bass": 0.5}))
    assert min(map(abs, found.values())) >= LEAST_DB


def test_one_track_has_no_balance():
    assert not suggest_gains(song({"lead vocal": -3.0}))


def said_to_lead(folder, lead, levels):
    """A band of noise at these levels, whose lead the user names."""
    kinds = {"vox a": "lead vocal", "vox b": "lead vocal", "other": "synth", "bass": "bass", "drums": "drums"}
    for seed, (name, level) in enumerate(levels.items()):
        soundfile.write(folder / f"{name}.wav", band(300, 3000, level, seed=seed)[0], RATE)
    instruments = {f"{name}.wav": kinds[name] for name in levels}
    return read_multitrack(sorted(folder.iterdir()), MixOptions("rock", lead, instruments))


@pytest.mark.parametrize("lead", ["vox a.wav", "vox b.wav", "other.wav"])
def test_a_lead_that_was_said_is_meant_to_be_the_loudest_and_singers_beside_it_are_not(tmp_path, lead):
    found = said_to_lead(tmp_path, lead, dict.fromkeys(("vox a", "vox b", "other", "bass", "drums"), 0.1))
    _, (held,) = weigh_faders(found, plausible_cards(found))
    targets = {each.name: float(target) for each, target in zip(found.channels, held.target_lu, strict=True)}
    assert max(targets, key=lambda name: targets[name]) == lead
    assert targets[lead] == pytest.approx(CARD.balance["lead vocal"].value, abs=0.01)
    for singer in {"vox a.wav", "vox b.wav"} - {lead}:
        assert targets[singer] <= CARD.balance["backing vocal"].value + 0.01


@pytest.mark.parametrize(("lead", "beside"), [("vox a.wav", "vox b.wav"), ("vox b.wav", "vox a.wav")])
def test_of_two_singers_as_loud_as_each_other_the_one_who_was_said_ends_up_louder(tmp_path, lead, beside):
    found = said_to_lead(tmp_path, lead, {"vox a": 0.02, "vox b": 0.02, "bass": 0.15, "drums": 0.1})
    found_moves = moves(found)
    assert found_moves[lead] > 6
    assert found_moves[lead] - found_moves.get(beside, 0.0) > 4
