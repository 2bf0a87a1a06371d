import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
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


def test_other_kinds_of_noise_are_other_settings(mixassist, recording, tmp_path):
    words = ("denoise", recording, "-o", tmp_path / "out", "--only")
    mixassist(*words, "clicks")
    assert mixassist(*words, "hiss").code == 2
    assert not mixassist(*words, "hiss", "--force", "--json").json["recordings"][0]["resumed"]
