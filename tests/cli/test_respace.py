"""`mixassist respace` as a shell sees it."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from mixassist import AudioBuffer, read_audio, write_audio
from tests.signals import noise

RATE = 16000


@pytest.fixture
def take(tmp_path):
    write_audio(tmp_path / "take.wav", AudioBuffer(noise(RATE, 1), RATE))
    return tmp_path / "take.wav"


def test_the_rooms_are_listed(mixassist):
    outcome = mixassist("respace", "--list", "--json")
    assert [room["name"] for room in outcome.json["rooms"]] == [
        *("studio", "chamber", "plate", "club", "theatre", "hall", "cathedral", "carnegie")
    ]
    assert "round figures" in mixassist("respace", "--list").out


def test_a_take_goes_into_a_room(mixassist, take, tmp_path):
    outcome = mixassist("respace", take, "--room", "club", "--rt60", 0.4, "-o", tmp_path / "out", "--json")
    assert outcome.code == 0
    (song,) = outcome.json["songs"]
    placed = read_audio(song["output"])
    assert song["room"] == "club"
    assert placed.n_channels == 2
    assert placed.seconds > 1.4
    assert np.mean(song["rt60_s"][3:5]) == pytest.approx(0.4)


def test_nothing_is_overwritten_unasked(mixassist, take, tmp_path):
    words = ("respace", take, "--room", "studio", "-o", tmp_path / "out")
    assert mixassist(*words).code == 0
    outcome = mixassist(*words)
    assert outcome.code == 2
    assert "take.wav exists" in outcome.error_lines[0]
    assert mixassist(*words, "--force").code == 0


@pytest.mark.parametrize("samples", [np.zeros(500), np.full(500, np.nan)])
def test_a_bad_response_is_one_line(mixassist, take, tmp_path, samples):
    soundfile.write(tmp_path / "ir.wav", samples, RATE, subtype="FLOAT")
    outcome = mixassist("respace", take, "--room", tmp_path / "ir.wav", "-o", tmp_path / "out")
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert "ir.wav" in outcome.error_lines[0]
    assert not list((tmp_path / "out").glob("*"))


def test_no_recording_is_one_line(mixassist):
    assert "no recording is given" in mixassist("respace").error_lines[0]


def test_the_room_of_a_recording_is_made_anew(mixassist, take, tmp_path):
    bursts = np.zeros(8 * RATE)
    for start in range(0, len(bursts), 2 * RATE):
        bursts[start : start + RATE] = 0.1 * noise(RATE, 1)[0] * 10 ** (-3 * np.arange(RATE) / RATE / 0.8)
    soundfile.write(tmp_path / "hall.wav", bursts, RATE)
    words = ("respace", take, "-o", tmp_path / "out", "--json", "--match")
    assert mixassist(*words, tmp_path / "hall.wav").json["songs"][0]["room"] == "like hall.wav"
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    assert "silent.wav tells no room in 1.0 s" in mixassist(*words, tmp_path / "silent.wav").error_lines[0]
