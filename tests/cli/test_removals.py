"""What `mixassist dereverb` and `mixassist denoise` do alike, as a shell sees it."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from tests.laws.test_broken_inputs import BROKEN_SONGS, require_one_line
from tests.signals import noise

KEPT = {"dereverb": "dry", "denoise": "clean"}
TAKEN = {"dereverb": "tail", "denoise": "noise"}

every_command = pytest.mark.parametrize("command", KEPT)


@pytest.fixture
def recording(tmp_path):
    """A second of 16-bit stereo hiss at 8 kHz."""
    write_audio(tmp_path / "take.wav", AudioBuffer(noise(8000, amplitude=0.1), 8000), Encoding("wav", "16"))
    return tmp_path / "take.wav"


@every_command
def test_strength_zero_writes_the_recording_and_says_so(mixassist, recording, tmp_path, command):
    outcome = mixassist(command, recording, "-o", tmp_path / "out", "--strength", "0")
    assert f"no {TAKEN[command]} taken away at strength 0" in outcome.out
    written = read_audio(tmp_path / "out" / f"take.{KEPT[command]}.wav").samples
    np.testing.assert_array_equal(written, read_audio(recording).samples)


@every_command
def test_what_is_done_is_kept_and_what_differs_is_overwritten_only_by_force(mixassist, recording, tmp_path, command):
    out = tmp_path / "out"
    words = (command, recording, "-o", out)
    mixassist(*words, f"--write-{TAKEN[command]}")
    assert mixassist(*words, "--json").json["recordings"][0]["resumed"]
    for other in (("--strength", "0.5"), ("--no-resume",)):
        again = mixassist(*words, *other)
        assert again.code == 2
        assert "--force" in again.error_lines[0]
        assert ("other input or settings" in again.error_lines[0]) == (other[0] != "--no-resume")
    assert not mixassist(*words, "--force", "--strength", "0.5", "--json").json["recordings"][0]["resumed"]
    assert [path.name for path in out.iterdir() if path.suffix != ".json"] == [f"take.{KEPT[command]}.wav"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "the same command goes on"),
        (("--force",), "begins anew; without --force"),
        (("--no-resume",), "without --no-re"),
    ],
)
def test_an_interruption_says_how_to_go_on(mixassist, recording, tmp_path, monkeypatch, options, said):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("separation.denoising.noise_removal.run_job", stop)
    outcome = mixassist("denoise", recording, "-o", tmp_path / "out", *options)
    assert outcome.code == 130
    words = " ".join(outcome.err.split())
    assert "0 of 1 recordings are done" in words
    assert said in words


@every_command
def test_one_that_fails_leaves_the_others(mixassist, recording, tmp_path, command):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    outcome = mixassist(command, broken, recording, "-o", tmp_path / "out", "--json")
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert [each["recording"] for each in outcome.json["recordings"]] == ["take.wav"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {f"take.{command}.json", f"take.{KEPT[command]}.wav"}


@pytest.mark.parametrize(
    "words",
    [
        *(("dereverb", *words) for words in (("--method", "magic"), ("--strength", "2"), ("--keep-early", "0"))),
        *(("denoise", *words) for words in (("--strength", "2"), ("--only", "wow"))),
        *((command, "--bit-depth", "7") for command in KEPT),
    ],
)
def test_what_cannot_be_asked_for_is_one_line(mixassist, recording, tmp_path, words):
    command, *options = words
    outcome = mixassist(command, recording, "-o", tmp_path / "out", *options)
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert options[0] in outcome.error_lines[0]


@every_command
@pytest.mark.parametrize("breakage", BROKEN_SONGS, ids=lambda breakage: breakage.__name__)
def test_a_broken_recording_is_one_line(mixassist, tmp_path, breakage, command):
    breakage(tmp_path / "song.wav")
    require_one_line(mixassist(command, tmp_path / "song.wav", "-o", tmp_path / "out"), BROKEN_SONGS[breakage])
    assert not list(tmp_path.glob("out/*"))
