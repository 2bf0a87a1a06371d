"""What the blind estimate of rooms is learned from and judged by: known rooms, the same takes each time."""

from __future__ import annotations

import numpy as np
import pytest

import benchmarks.dereverb_estimates as judging
from benchmarks.dereverb_learning import Lessons, learn_falls, learn_jumps, lessons_from
from benchmarks.dereverb_rooms import RATE as SOUND_RATE
from benchmarks.dereverb_takes import RATE, RoomTakes, faded, made_room, with_ratio
from benchmarks.separation import Bench
from mixassist.dsp.decay import direct_to_reverberant_db, reverberation_s
from mixassist.dsp.fall_reading import WEIGHTS as FALL_WEIGHTS
from mixassist.dsp.jump_reading import WEIGHTS as JUMP_WEIGHTS
from tests.tolerances import RATIO_DB, ROOM_TIME


@pytest.fixture
def takes(tmp_path, monkeypatch):
    """Without recordings: what is made alone; guitars are clicks here, for they take seconds to render."""
    clicks = np.where(np.arange(12 * 44100) % 30000 == 0, 0.5, 0.0)
    monkeypatch.setattr("benchmarks.dereverb_takes.guitar_phrases", lambda *recipe, seed: clicks)
    return RoomTakes(tmp_path)


def test_a_take_is_the_same_each_time(takes, tmp_path):
    first, again = takes.take(2), RoomTakes(tmp_path).take(2)
    np.testing.assert_array_equal(first.sound, again.sound)
    assert first.drr_db == again.drr_db
    assert np.isfinite(first.sound).all()


def test_a_made_room_rings_as_it_says():
    response, rt60_s = made_room(np.random.default_rng(4))
    assert reverberation_s(response, RATE) == pytest.approx(np.median(rt60_s), rel=ROOM_TIME)


def test_absorption_and_distance_change_a_room_as_they_should():
    time_s = np.arange(RATE) / RATE
    response = np.random.default_rng(0).standard_normal(RATE) * 10 ** (-3 * time_s / 0.8)
    response[0] = 20
    shorter, rt60_s = faded(response, np.array([0.8]), 6.0)
    assert reverberation_s(shorter[1:], RATE) == pytest.approx(rt60_s[0], rel=ROOM_TIME)
    assert direct_to_reverberant_db(with_ratio(response, 3.0), RATE) == pytest.approx(3.0, abs=RATIO_DB)


@pytest.mark.parametrize(("learn", "weights"), [(learn_falls, FALL_WEIGHTS), (learn_jumps, JUMP_WEIGHTS)])
def test_weights_are_learned_in_the_form_that_ships(takes, learn, weights):
    known = lessons_from(takes, 4)
    many = Lessons(*(np.concatenate([part] * 4) for part in (known.falls, known.jumps, known.rt60_s, known.drr_db)))
    learned = learn(many, n_epochs=2)
    with np.load(weights) as shipped:
        assert {name: array.shape for name, array in learned.items()} == {n: shipped[n].shape for n in shipped.files}
    assert all(np.isfinite(array).all() for array in learned.values())


def test_estimates_are_judged_by_kind_and_room(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    time_s = np.arange(3 * SOUND_RATE) / SOUND_RATE
    bursts = rng.standard_normal(time_s.size) * (time_s % 1 < 0.2)
    monkeypatch.setattr(judging, "dry_sounds", lambda data, seconds: {"voice": bursts})
    section = judging.estimates(Bench(tmp_path, tmp_path, is_quick=True))
    assert [row[1] for row in section.rows[:3]] == ["3", "3", "3"]
    assert "voice" in section.note
