import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from tests.laws.test_broken_inputs import BROKEN_SONGS, require_one_line
from tests.signals import noise


@pytest.fixture
def recording(tmp_path):
    """Three seconds of 16-bit stereo hiss at 8 kHz, with a click and a hum in it."""
    time_s = np.arange(24000) / 8000
    sound = noise(24000, amplitude=0.01) + sum(0.02 * np.sin(2 * np.pi * 50 * k * time_s) for k in (1, 2, 3))
    sound[:, 9000] = 0.9
    write_audio(tmp_path / "tape.wav", AudioBuffer(np.round(sound * 2**15) / 2**15, 8000), Encoding("wav", "16"))
    return tmp_path / "tape.wav"


def test_clean_and_noise_are_written_and_sum_to_the_recording(mixassist, recording, tmp_path):
    out = tmp_path / "out"
    outcome = mixassist("denoise", recording, "-o", out, "--write-noise", "--plot", "--json")
    assert outcome.code == 0
    report = outcome.json["recordings"][0]
    assert (report["frames"], report["settings"]["kinds"]) == (24000, ["clicks", "hum", "hiss"])
    assert report["measured"]["n_clicks"] == 2  # one in each channel
    sounds = ["tape.clean.wav", "tape.noise.wav"]
    assert list(report["files"]) == [*sounds, "tape.denoise.png"]
    assert {path.name for path in out.iterdir()} == {*report["files"], "tape.denoise.json"}
    np.testing.assert_array_equal(sum(read_audio(out / name).samples for name in sounds), read_audio(recording).samples)


def test_what_was_found_is_said(mixassist, recording, tmp_path):
    outcome = mixassist("denoise", recording, "-o", tmp_path / "out", "--only", "clicks,hiss")
    assert "2 clicks, hiss at -" in outcome.out
    assert "hum" not in outcome.out


def test_strength_zero_writes_the_recording_and_says_so(mixassist, recording, tmp_path):
    outcome = mixassist("denoise", recording, "-o", tmp_path / "out", "--strength", "0")
    assert "no noise taken away at strength 0" in outcome.out
    np.testing.assert_array_equal(
        read_audio(tmp_path / "out" / "tape.clean.wav").samples, read_audio(recording).samples
    )


def test_what_is_done_is_kept_and_what_differs_is_overwritten_only_by_force(mixassist, recording, tmp_path):
    words = ("denoise", recording, "-o", tmp_path / "out")
    mixassist(*words)
    assert mixassist(*words, "--json").json["recordings"][0]["resumed"]
    again = mixassist(*words, "--only", "hiss")
    assert again.code == 2
    assert "--force" in again.error_lines[0]
    assert not mixassist(*words, "--only", "hiss", "--force", "--json").json["recordings"][0]["resumed"]


def test_one_that_fails_leaves_the_others(mixassist, recording, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    outcome = mixassist("denoise", broken, recording, "-o", tmp_path / "out", "--json")
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert [each["recording"] for each in outcome.json["recordings"]] == ["tape.wav"]


@pytest.mark.parametrize("words", [("--method", "magic"), ("--strength", "2"), ("--only", "wow"), ("--bit-depth", "7")])
def test_what_cannot_be_asked_for_is_one_line(mixassist, recording, tmp_path, words):
    outcome = mixassist("denoise", recording, "-o", tmp_path / "out", *words)
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert words[0] in outcome.error_lines[0]


@pytest.mark.parametrize("breakage", BROKEN_SONGS, ids=lambda breakage: breakage.__name__)
def test_a_broken_recording_is_one_line(mixassist, tmp_path, breakage):
    breakage(tmp_path / "song.wav")
    require_one_line(mixassist("denoise", tmp_path / "song.wav", "-o", tmp_path / "out"), BROKEN_SONGS[breakage])
    assert not list(tmp_path.glob("out/*"))
