"""`mixassist respace` as a shell sees it."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from mixassist import AudioBuffer, read_audio, write_audio
from separation.rooms import answer
from tests.signals import noise
from tests.tolerances import ROOM_SAMPLES

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
    (song,) = outcome.json["recordings"]
    placed = read_audio(song["output"])
    assert song["room"] == "club"
    assert placed.n_channels == 2
    assert placed.seconds > 1.4
    assert song["tail_s"] == placed.seconds - 1
    assert (song["gain_db"], list(song["files"]), song["findings"]) == (0.0, ["take.wav"], [])
    assert song["predelay_ms"] > 1
    assert np.mean(song["rt60_s"][3:5]) == pytest.approx(0.4)


def test_what_is_done_is_kept_and_what_differs_is_overwritten_only_by_force(mixassist, take, tmp_path):
    words = ("respace", take, "--room", "studio", "-o", tmp_path / "out")
    assert not mixassist(*words, "--json").json["recordings"][0]["resumed"]
    assert mixassist(*words, "--json").json["recordings"][0]["resumed"]
    assert not mixassist(*words, "--plot", "--json").json["recordings"][0]["resumed"]
    outcome = mixassist(*words, "--rt60", 0.3)
    assert outcome.code == 2
    assert "already holds take.wav" in outcome.error_lines[0]
    assert mixassist(*words, "--rt60", 0.3, "--force").code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"take.wav", "take.respace.json"}


def test_another_container_takes_no_earlier_file_away(mixassist, take, tmp_path):
    words = ("respace", take, "--room", "studio", "-o", tmp_path / "out")
    mixassist(*words)
    outcome = mixassist(*words, "--format", "flac")
    assert outcome.code == 2
    assert "already holds take.wav" in outcome.error_lines[0]
    assert mixassist(*words, "--format", "flac", "--force").code == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"take.flac", "take.respace.json"}


def test_a_recording_that_an_earlier_run_made_stays(mixassist, take, tmp_path):
    placed = tmp_path / "out" / "take.wav"
    mixassist("respace", take, "--room", "studio", "-o", placed.parent)
    whole = placed.read_bytes()
    words = ("respace", placed, "--room", "studio", "--format", "flac", "-o", placed.parent)
    assert mixassist(*words).code == 2
    assert mixassist(*words, "--force").code == 0
    assert placed.read_bytes() == whole
    assert placed.with_suffix(".flac").is_file()


def test_no_room_at_all_is_told_in_plain_json(mixassist, take, tmp_path):
    outcome = mixassist("respace", take, "--wet=-inf", "-o", tmp_path / "out", "--json")
    assert outcome.json["recordings"][0]["settings"]["wet_db"] is None
    for text in (outcome.out, (tmp_path / "out" / "take.respace.json").read_text()):
        assert "Infinity" not in text
    assert mixassist("respace", take, "--wet=-inf", "-o", tmp_path / "out", "--json").json["recordings"][0]["resumed"]


def test_a_response_that_changed_is_another_room(mixassist, take, tmp_path):
    words = ("respace", take, "--room", tmp_path / "ir.wav", "-o", tmp_path / "out", "--json")
    for seed in (0, 1):
        response = noise(900, 1, seed=seed)[0] * np.exp(-np.arange(900) / 200)
        soundfile.write(tmp_path / "ir.wav", np.concatenate([[1.0], response]), RATE)
        assert mixassist(*words).code == (2 if seed else 0)


def test_nothing_takes_the_place_of_what_was_given(mixassist, take):
    outcome = mixassist("respace", take, "--room", "studio", "-o", take.parent, "--force")
    assert outcome.code == 2
    assert "is what was given" in outcome.error_lines[0]


def test_a_batch_has_its_room_made_once(mixassist, take, tmp_path, monkeypatch):
    second = tmp_path / "second.wav"
    write_audio(second, AudioBuffer(noise(RATE, 1, seed=2), RATE))
    made = []
    real = answer.synthesise
    monkeypatch.setattr(answer, "synthesise", lambda *shape: made.append(shape) or real(*shape))
    outcome = mixassist("respace", take, second, "--room", "studio", "-o", tmp_path / "out", "--json")
    assert len(outcome.json["recordings"]) == 2
    assert len(made) == 1


@pytest.mark.parametrize("samples", [np.zeros(500), np.full(500, np.nan)])
def test_a_bad_response_is_one_line(mixassist, take, tmp_path, samples):
    soundfile.write(tmp_path / "ir.wav", samples, RATE, subtype="FLOAT")
    outcome = mixassist("respace", take, "--room", tmp_path / "ir.wav", "-o", tmp_path / "out")
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert "ir.wav" in outcome.error_lines[0]
    assert not list((tmp_path / "out").glob("*"))


@pytest.fixture
def loud_take(tmp_path):
    write_audio(tmp_path / "loud.wav", AudioBuffer(np.clip(noise(RATE, 1, 0.4), -0.99, 0.99), RATE))
    return tmp_path / "loud.wav"


def test_integers_are_turned_down_before_they_clip_and_it_is_said(mixassist, loud_take, tmp_path):
    words = ("respace", loud_take, "--room", "plate", "--wet", 6, "--json", "--force", "-o", tmp_path / "out")
    (song,) = mixassist(*words).json["recordings"]
    assert song["peak_db"] == pytest.approx(-1, abs=0.01)
    assert np.abs(read_audio(song["output"]).samples).max() == pytest.approx(10**-0.05, abs=1e-3)
    finding = song["findings"][-1]
    assert finding["code"] == "turned-down"
    assert f"--gain {song['gain_db']:.1f}" in finding["message"]
    (kept,) = mixassist(*words, "--bit-depth", "32f").json["recordings"]
    assert (kept["gain_db"], kept["findings"][-1]["code"]) == (0.0, "over-full-scale")
    (clipped,) = mixassist(*words, "--gain", 3).json["recordings"]
    assert clipped["findings"][-1]["code"] == "output-clipped"


def test_a_container_of_integers_is_told_of_one_that_holds_any_level(mixassist, loud_take, tmp_path):
    words = ("respace", loud_take, "--room", "plate", "--wet", 6, "--json", "-o", tmp_path / "out")
    (song,) = mixassist(*words, "--format", "flac").json["recordings"]
    assert "--format wav --bit-depth 32f keeps the level" in song["findings"][-1]["message"]


def test_a_picture_shows_the_room(mixassist, take, tmp_path):
    (song,) = mixassist("respace", take, "--room", "studio", "--plot", "--json", "-o", tmp_path / "out").json[
        "recordings"
    ]
    assert list(song["files"]) == ["take.wav", "take.respace.png"]
    assert (tmp_path / "out" / "take.respace.png").read_bytes().startswith(b"\x89PNG")


def test_a_room_of_ones_own(mixassist, take, tmp_path):
    times = "0.5,0.5,0.5,0.4,0.4,0.4,0.3,0.3"
    words = ("--rt60", times, "--size", "8x6x3", "--distance", 1, "--width", 0.5, "--dry=-inf")
    (song,) = mixassist("respace", take, *words, "--json", "-o", tmp_path / "out").json["recordings"]
    assert song["rt60_s"] == [float(time) for time in times.split(",")]
    first = round(song["predelay_ms"] / 1000 * RATE)
    placed = read_audio(song["output"]).samples
    assert np.abs(placed[:, :first]).max() < ROOM_SAMPLES
    assert np.abs(placed[:, first:]).max() > 0.01


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--size", "8x6"), "--size 8x6 has 2 edges"),
        (("--size", "big"), "--size big is no number"),
        (("--rt60", "long"), "--rt60 long is no number"),
        (("--room", "hall", "--match", "hall.wav"), "are two rooms"),
    ],
)
def test_what_is_no_room_is_one_line(mixassist, take, words, message):
    outcome = mixassist("respace", take, *words)
    assert outcome.code == 2
    assert message in outcome.error_lines[0]


@pytest.mark.parametrize("samples", [np.zeros((1, 4000)), np.eye(1, 4000, 100), np.zeros((1, 1))])
def test_silence_and_a_click_go_through(mixassist, tmp_path, samples):
    write_audio(tmp_path / "song.wav", AudioBuffer(samples.astype(np.float32), 8000))
    outcome = mixassist(
        "respace", tmp_path / "song.wav", "--room", "studio", "--plot", "--json", "-o", tmp_path / "out"
    )
    (song,) = outcome.json["recordings"]
    assert np.isfinite(read_audio(song["output"]).samples).all()
    assert ("silent" in [finding["code"] for finding in song["findings"]]) == (not samples.any())


def test_no_recording_is_one_line(mixassist):
    assert "no recording is given" in mixassist("respace").error_lines[0]


def test_the_room_of_a_recording_is_made_anew(mixassist, take, tmp_path):
    bursts = np.zeros(8 * RATE)
    for start in range(0, len(bursts), 2 * RATE):
        bursts[start : start + RATE] = 0.1 * noise(RATE, 1)[0] * 10 ** (-3 * np.arange(RATE) / RATE / 0.8)
    soundfile.write(tmp_path / "hall.wav", bursts, RATE)
    words = ("respace", take, "-o", tmp_path / "out", "--json", "--match")
    assert mixassist(*words, tmp_path / "hall.wav").json["recordings"][0]["room"] == "like hall.wav"
    soundfile.write(tmp_path / "right.wav", np.stack([np.zeros_like(bursts), bursts], axis=1), RATE)
    heard = (mixassist(*words, tmp_path / name, "--force").json["recordings"][0] for name in ("hall.wav", "right.wav"))
    assert next(heard)["rt60_s"] == next(heard)["rt60_s"]
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    assert "silent.wav tells no room in 1.0 s" in mixassist(*words, tmp_path / "silent.wav").error_lines[0]
