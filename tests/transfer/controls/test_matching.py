"""What is played, brought to what a model knows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mixassist.errors import ModelError, OptionError
from transfer.controls import ControlMatch, Controls, ControlStatistics, MatchOptions, statistics_of
from transfer.controls.mask import MASKED_DB
from transfer.controls.stream import joined

MODEL = ControlStatistics(np.linspace(0, 1, 21), np.linspace(50, 81, 21), np.linspace(-40, -10, 21))


def notes(midi: float | np.ndarray, loudness_db: float | np.ndarray, n_hops: int = 400) -> Controls:
    """Hops that all sound."""
    pitch = 440 * 2 ** ((np.broadcast_to(midi, n_hops) - 69.0) / 12)
    return Controls(pitch, np.full(n_hops, 0.99), np.broadcast_to(loudness_db, n_hops).astype(float))


def melody(lowest: float, quietest_db: float, range_db: float = 20.0) -> Controls:
    """Two octaves up while it grows louder."""
    return notes(lowest + np.linspace(0, 24, 400).round(), quietest_db + np.linspace(0, range_db, 400))


def cents(heard: Controls, asked: Controls) -> np.ndarray:
    return np.asarray(1200 * np.log2(heard.f0_hz / asked.f0_hz))


@pytest.mark.parametrize(("lowest", "octaves"), [(28, 2), (40, 1), (53, 0), (57, 0), (66, -1), (76, -2)])
def test_tunes_move_by_octaves_into_the_register_of_the_model(lowest: float, octaves: int) -> None:
    played = melody(lowest, -40)
    np.testing.assert_allclose(
        cents(ControlMatch(MODEL, statistics_of(played)).process(played), played), 1200 * octaves
    )


@pytest.mark.parametrize("quietest_db", [-70, -30])
def test_loudness_comes_to_lie_where_the_model_was_learned(quietest_db: float) -> None:
    played = melody(55, quietest_db)
    heard = ControlMatch(MODEL, statistics_of(played)).process(played).loudness_db[20:]
    assert np.median(heard) == pytest.approx(np.median(MODEL.loudness_db), abs=1)
    assert heard.max() <= MODEL.loudness_db.max()
    assert np.corrcoef(heard, played.loudness_db[20:])[0, 1] > 0.99


def test_what_is_already_there_stays() -> None:
    played = notes(50 + np.linspace(0, 31, 400), np.linspace(-40, -10, 400))
    heard = ControlMatch(MODEL, statistics_of(played)).process(played)
    np.testing.assert_allclose(heard.f0_hz, played.f0_hz)
    np.testing.assert_allclose(heard.loudness_db[20:], played.loudness_db[20:], atol=0.1)


def test_breath_between_notes_is_turned_down_and_the_room_is_gone() -> None:
    tone = notes(60, -25, 200)
    breath, room = (replace(notes(60, level_db, 200), confidence=np.full(200, 0.1)) for level_db in (-35, -70))
    match = ControlMatch(MODEL, MODEL)
    heard = match.process(joined([tone, breath]))
    assert heard.loudness_db[-1] == pytest.approx(-35 - 0.5 * (35 + MODEL.level_db(0.95)), abs=0.2)
    assert heard.loudness_db[190] == pytest.approx(-25, abs=0.1)
    assert match.process(room).loudness_db[-1] < -70 - 0.95 * MASKED_DB
    kept = ControlMatch(MODEL, MODEL, MatchOptions(use_mask=False)).process(joined([tone, breath]))
    assert kept.loudness_db[-1] == pytest.approx(-35, abs=0.1)


def test_a_player_who_is_not_known_yet_is_followed() -> None:
    match = ControlMatch(MODEL)
    played = melody(33, -75)
    silence = Controls(np.full(200, 440.0), np.zeros(200), np.full(200, -120.0))
    for _ in range(8):
        heard = match.process(joined([played, silence]))
    assert match.shift_semitones == 24
    assert np.median(heard.loudness_db[:400]) == pytest.approx(np.median(MODEL.loudness_db), abs=3)
    match.reset()
    assert match.shift_semitones == 0


@pytest.mark.parametrize("played", [None, MODEL])
def test_matching_does_not_depend_on_how_hops_are_cut(played: ControlStatistics | None) -> None:
    whole = melody(33, -50)
    options = MatchOptions(autotune=0.7)
    pieces = [
        Controls(*parts) for parts in zip(*(np.array_split(each, 17) for each in vars(whole).values()), strict=True)
    ]
    match = ControlMatch(MODEL, played, options)
    cut, at_once = (
        joined([match.process(piece) for piece in pieces]),
        ControlMatch(MODEL, played, options).process(whole),
    )
    np.testing.assert_array_equal(cut.f0_hz, at_once.f0_hz)
    np.testing.assert_array_equal(cut.loudness_db, at_once.loudness_db)


def test_autotune_moves_the_middle_of_notes_and_leaves_their_vibrato() -> None:
    swing = 0.3 * np.sin(2 * np.pi * 5.5 * np.arange(800) / 375)
    played = notes(60.35 + swing, -20, 800)
    heard = ControlMatch(MODEL, MODEL, MatchOptions(autotune=1.0)).process(played)
    found = 69 + 12 * np.log2(heard.f0_hz[200:] / 440)
    assert found.mean() == pytest.approx(60, abs=0.05)
    assert np.std(found) > 0.8 * np.std(swing)


def test_loudness_is_kept_through_breath_and_consonants() -> None:
    swell = -32 + 16 * np.sin(np.arange(1200) / 60)
    played = notes(60, swell, 1200)
    is_breath = np.arange(1200) // 90 % 3 == 2
    played = replace(played, confidence=np.where(is_breath, 0.2, 0.95))
    heard = ControlMatch(MODEL, statistics_of(played)).process(played)
    assert np.corrcoef(heard.loudness_db, swell)[0, 1] > 0.9


def test_consonants_hold_the_last_note() -> None:
    hiss = notes(70 + np.arange(100) % 21, -30, 100)
    played = joined([notes(60, -20, 100), replace(hiss, confidence=np.tile([0.1, 0.6], 50)), notes(67, -20, 100)])
    heard = ControlMatch(MODEL, MODEL).process(played)
    np.testing.assert_allclose(12 * np.log2(heard.f0_hz / heard.f0_hz[0]), np.repeat([0, 0, 7], 100), atol=1e-9)
    left = ControlMatch(MODEL, MODEL, MatchOptions(use_mask=False)).process(played)
    np.testing.assert_allclose(left.f0_hz, played.f0_hz)


def test_what_is_no_note_waits_until_loud_notes_are_known() -> None:
    hiss = replace(notes(60, -40, 100), confidence=np.full(100, 0.1))
    assert ControlMatch(MODEL).process(hiss).loudness_db.max() <= -40 - MASKED_DB


def test_the_player_chooses_the_shift() -> None:
    played = melody(40, -40)
    np.testing.assert_allclose(
        cents(ControlMatch(MODEL, MODEL, MatchOptions(shift_semitones=-5)).process(played), played), -500
    )


def test_statistics_survive_being_told() -> None:
    again = ControlStatistics.from_dict(MODEL.to_dict())
    np.testing.assert_allclose(again.notes, MODEL.notes, atol=0.005)
    with pytest.raises(ModelError, match="loudness_db"):
        ControlStatistics.from_dict({"quantiles": [0], "notes": [60]})
    with pytest.raises(ModelError, match="several lengths"):
        ControlStatistics.from_dict({"quantiles": [0, 1], "notes": [60], "loudness_db": [-20, -10]})


def test_silence_has_no_statistics_and_no_autotune_goes_beyond_all() -> None:
    assert statistics_of(notes(60, -20, 10)) is None
    with pytest.raises(OptionError, match="between 0 and 1"):
        MatchOptions(autotune=2)


@pytest.mark.parametrize("shift", [np.nan, np.inf, -61])
def test_a_shift_that_leaves_no_note_is_refused(shift: float) -> None:
    with pytest.raises(OptionError, match="choose -60 to 60"):
        MatchOptions(shift_semitones=shift)


def test_who_goes_on_from_another_holds_its_note() -> None:
    """A hoarse note far from the model's middle: sure enough to be held, not to be leapt to."""
    before, after = (ControlMatch(MODEL, options=MatchOptions(shift_semitones=0)) for _ in range(2))
    before.process(notes(45, -25, 20))
    hoarse = replace(notes(45, -25, 20), confidence=np.full(20, 0.6))
    after.go_on_from(before)
    np.testing.assert_allclose(after.process(hoarse).f0_hz, hoarse.f0_hz)
