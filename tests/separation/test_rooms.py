"""Rooms: they ring as long as they are asked to, and what is placed in them stays where it was."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from mixassist import AudioBuffer, write_audio
from mixassist.audio.writer import Encoding
from mixassist.dsp.decay import OCTAVES_HZ, octave_reverberation_s
from mixassist.errors import AudioError, OptionError
from separation import respace
from separation.rooms.options import RespaceOptions
from separation.rooms.placing import find_answer, place
from separation.rooms.response_file import load_response
from separation.rooms.room import Room, built_in_rooms
from separation.rooms.synthesis import synthesise
from tests.signals import impulses, noise
from tests.tolerances import ASKED_DECAY, MEASURED_DECAY, ROOM_SAMPLES

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


@pytest.mark.parametrize("n_channels", [1, 2])
def test_the_recording_stays_and_the_room_comes_after(n_channels):
    click = AudioBuffer(impulses([100], 2000, n_channels=n_channels), RATE)
    placed = respace(click, RespaceOptions("club", predelay_ms=20))
    n_quiet = 100 + round(0.02 * RATE)
    assert placed.n_channels == 2
    before = np.broadcast_to(click.samples[:, :n_quiet], (2, n_quiet))
    assert placed.samples[:, :n_quiet] == pytest.approx(before, abs=ROOM_SAMPLES)
    assert placed.samples[:, n_quiet : n_quiet + 500].any()
    assert placed.n_frames > 2000 + 0.5 * RATE


def test_no_room_is_no_change():
    recording = AudioBuffer(noise(3000, 2), RATE)
    assert np.array_equal(respace(recording, RespaceOptions("hall", wet_db=float("-inf"))).samples, recording.samples)


def test_any_cut_into_blocks_gives_the_same():
    recording = noise(20000, 2)
    answer = find_answer(RespaceOptions("studio"), RATE, 2)
    whole = np.concatenate(list(place([recording], answer)), axis=1)
    pieces = [recording[:, begin : begin + 513] for begin in range(0, 20000, 513)]
    assert np.array_equal(np.concatenate(list(place(pieces, answer)), axis=1), whole)
    expected = scipy.signal.oaconvolve(recording, answer.samples[:, 0], axes=1).sum(axis=0)
    expected[:20000] += recording[0]
    assert whole[0] == pytest.approx(expected, abs=ROOM_SAMPLES)


def test_silence_stays_silent():
    assert not respace(AudioBuffer(np.zeros((1, 500), np.float32), RATE), RespaceOptions("studio")).samples.any()


def test_a_response_file_begins_with_its_direct_sound(tmp_path):
    response = 0.25 * np.pad(decaying(0.5, 0.5), (100, 0))[None].astype(np.float32)
    response[0, 100] = -2.0
    write_audio(tmp_path / "ir.wav", AudioBuffer(response, RATE), Encoding("wav", "32f"))
    answer, findings = load_response(tmp_path / "ir.wav", RATE)
    assert findings == ()
    assert not answer[..., 0].any()
    assert answer[0, 0, 100:] == pytest.approx(response[0, 200:] / -2.0, abs=ROOM_SAMPLES)


def test_four_channels_are_folded_with_a_note(tmp_path):
    write_audio(tmp_path / "b.wav", AudioBuffer(noise(4000, 4), RATE))
    answer, findings = load_response(tmp_path / "b.wav", 2 * RATE)
    assert answer.shape[:2] == (1, 2)
    assert findings[0].code == "ambisonic-folded"


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros((1, 100)), "is silent"),
        (np.full((3, 100), 0.1), "has 3 channels"),
        (np.full((1, 31 * RATE), 0.1), "lasts 31.0 s"),
    ],
)
def test_what_is_no_response_is_refused(tmp_path, samples, message):
    write_audio(tmp_path / "ir.wav", AudioBuffer(samples.astype(np.float32), RATE))
    with pytest.raises(AudioError, match=message):
        load_response(tmp_path / "ir.wav", RATE)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"room": "nowhere"}, "neither built in nor a file: choose one of studio"),
        ({"rt60_s": 100.0}, "out of range"),
        ({"predelay_ms": -1.0}, "out of range"),
        ({"wet_db": float("nan")}, "out of range"),
    ],
)
def test_rooms_nobody_can_make_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        respace(AudioBuffer(noise(100), RATE), RespaceOptions(**options))
