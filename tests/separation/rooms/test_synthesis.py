"""Synthesised rooms: they ring as long as they are asked to, as loud as their distance says, at both ears."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import scipy.signal

from mixassist.dsp.decay import OCTAVES_HZ, octave_reverberation_s
from mixassist.errors import OptionError
from separation.rooms.octave_times import OctaveTimes
from separation.rooms.room import NEAREST_M, Room, built_in_rooms
from separation.rooms.synthesis import mixing_s, synthesise
from tests.signals import noise
from tests.tolerances import ASKED_DECAY, MEASURED_DECAY, PRESET_DB, QUICK_DECAY, ROOM_ENERGY

RATE = 16000


def decaying(rt60_s: float, seconds: float, seed: int = 0) -> np.ndarray:
    time_s = np.arange(round(seconds * RATE)) / RATE
    return np.random.default_rng(seed).standard_normal(time_s.size) * 10 ** (-3 * time_s / rt60_s)


@pytest.mark.parametrize("rt60_s", [0.3, 1.0, 2.5])
def test_a_decay_is_measured_as_it_was_made(rt60_s):
    measured = octave_reverberation_s(decaying(rt60_s, 2 * rt60_s), RATE)
    assert measured[3:7] == pytest.approx(rt60_s, rel=MEASURED_DECAY)
    assert np.isnan(measured[-1]), "8 kHz does not fit below half of 16 kHz"


def test_a_decay_into_noise_is_measured_above_the_noise():
    response = decaying(1.0, 2.5) + 1e-3 * np.random.default_rng(1).standard_normal(round(2.5 * RATE))
    assert octave_reverberation_s(response, RATE)[4] == pytest.approx(1.0, rel=MEASURED_DECAY)


def test_what_does_not_decay_has_no_time():
    assert np.isnan(octave_reverberation_s(noise(RATE, 1)[0], RATE)).all()
    assert np.isnan(octave_reverberation_s(np.zeros(RATE), RATE)).all()


@pytest.mark.parametrize("rt60_s", [0.3, 1.0, 2.5])
def test_quickly_measured_is_as_measured(rt60_s):
    response = decaying(rt60_s, 1.5 * rt60_s)
    quick, slow = OctaveTimes(response.size, RATE)(response), octave_reverberation_s(response, RATE)
    np.testing.assert_allclose(quick, slow, rtol=QUICK_DECAY)


@pytest.mark.parametrize("name", ["studio", "plate", "club"])
def test_rooms_ring_as_asked_by_filters_of_another_kind(name):
    room = built_in_rooms()[name]
    answer = synthesise(room, RATE)[0]
    for octave, hz in list(enumerate(OCTAVES_HZ))[2:6]:
        band = scipy.signal.butter(4, (hz / np.sqrt(2), hz * np.sqrt(2)), "bandpass", fs=RATE, output="sos")
        for ear in answer:
            heard = scipy.signal.sosfilt(band, np.concatenate([[1.0], ear[1:]])[::-1])[::-1]
            left_db = 10 * np.log10(np.cumsum(heard[::-1] ** 2)[::-1])
            begin, end = np.searchsorted(left_db[0] - left_db, (5, 35))
            assert (end - begin) / RATE * 2 == pytest.approx(room.rt60_s[octave], rel=ASKED_DECAY)


@pytest.mark.parametrize("name", ["studio", "hall"])
def test_rooms_ring_as_asked_beside_a_direct_sound_that_is_far_louder(name):
    room = replace(built_in_rooms()[name], distance_m=NEAREST_M)
    for ear in synthesise(room, RATE)[0]:
        measured = octave_reverberation_s(ear[round(mixing_s(room) * RATE) :], RATE)
        assert measured[2:6] == pytest.approx(room.rt60_s[2:6], rel=ASKED_DECAY)


def test_a_seed_makes_a_room():
    room = built_in_rooms()["studio"]
    first, again, other = (synthesise(room, RATE, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_the_two_ears_hear_the_same_room_differently():
    left, right = synthesise(built_in_rooms()["hall"], RATE)[0]
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.3
    assert np.sum(left**2) == pytest.approx(np.sum(right**2), rel=0.5)


def test_farther_away_the_room_is_louder():
    near, far = (Room("r", (1.0,) * 8, (20.0, 15.0, 8.0), distance_m) for distance_m in (2.0, 8.0))
    assert np.sum(synthesise(far, RATE) ** 2) > 4 * np.sum(synthesise(near, RATE) ** 2)


def test_a_room_without_walls_is_as_late_and_as_loud_as_it_is_told():
    late = synthesise(Room("r", (0.5,) * 8, distance_m=2.0, predelay_s=0.02), RATE)[0]
    n_quiet = round(0.02 * RATE)
    assert not late[:, :n_quiet].any()
    assert late[:, n_quiet].all()
    assert np.sum(late**2, axis=-1) == pytest.approx(4, rel=ROOM_ENERGY)


def test_nothing_is_heard_before_the_first_reflection():
    answer = synthesise(built_in_rooms()["hall"], RATE)[0]
    first = np.argmax(answer[0] != 0)
    assert first > 0.003 * RATE
    assert np.abs(answer[0, first : first + 3]).max() > 10 * np.abs(answer[0, first + 3 : first + 20]).max()


@pytest.mark.parametrize("name", built_in_rooms())
def test_built_in_rooms_are_three_decibels_below_the_direct_sound(name):
    assert built_in_rooms()[name].reverberant_db == pytest.approx(-3, abs=PRESET_DB)


def test_a_room_may_be_made_longer_or_shorter_but_not_endless():
    hall = built_in_rooms()["hall"]
    assert hall.with_middle_s(0.95).rt60_s == pytest.approx(np.asarray(hall.rt60_s) / 2)
    with pytest.raises(OptionError, match="RT60 40 s is out of range"):
        hall.with_middle_s(40)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rt60_s": (1.0, 2.0)}, "2 reverberation times are given"),
        ({"rt60_s": (float("nan"),) * 8}, "RT60 nan s is out of range"),
        ({"size_m": (20.0, 0.0, 5.0)}, "edge of 0 m is out of range"),
        ({"distance_m": 1000.0}, "distance 1000 m is out of range"),
    ],
)
def test_rooms_nobody_can_make_are_refused(change, message):
    with pytest.raises(OptionError, match=message):
        replace(built_in_rooms()["hall"], **change)
