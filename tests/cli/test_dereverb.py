import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from separation.dereverb.room_removal import RoomRemover
from tests.laws.test_broken_inputs import BROKEN_SONGS, require_one_line
from tests.signals import noise


@pytest.fixture
def recording(tmp_path):
    """Two seconds of 16-bit stereo at 8 kHz."""
    sound = np.round(noise(16000) * 2**15) / 2**15
    write_audio(tmp_path / "vocals.wav", AudioBuffer(sound, 8000), Encoding("wav", "16"))
    return tmp_path / "vocals.wav"


def test_dry_and_tail_are_written_and_sum_to_the_recording(mixassist, recording, tmp_path):
    out = tmp_path / "out"
    outcome = mixassist("dereverb", recording, "-o", out, "--write-tail", "--plot", "--json")
    assert outcome.code == 0
    report = outcome.json["recordings"][0]
    assert (report["frames"], report["settings"]["strength"], report["resumed"]) == (16000, 1.0, False)
    sounds = ["vocals.dry.wav", "vocals.tail.wav"]
    assert list(report["files"]) == [*sounds, "vocals.dereverb.png"]
    assert {path.name for path in out.iterdir()} == {*report["files"], "vocals.dereverb.json"}
    assert report["measured"].keys() == {"before", "after"}
    assert {"rt60_s", "rt60_by_octave", "drr_db", "confidence"} == report["measured"]["after"].keys()
    parts = [read_audio(out / name).samples for name in sounds]
    np.testing.assert_array_equal(sum(parts), read_audio(recording).samples)


def test_strength_zero_writes_the_recording_and_says_so(mixassist, recording, tmp_path):
    outcome = mixassist("dereverb", recording, "-o", tmp_path / "out", "--strength", "0")
    assert "no tail taken away at strength 0; room before: " in outcome.out
    written = read_audio(tmp_path / "out" / "vocals.dry.wav").samples
    np.testing.assert_array_equal(written, read_audio(recording).samples)


def test_what_is_done_is_kept_and_what_differs_is_overwritten_only_by_force(mixassist, recording, tmp_path):
    out = tmp_path / "out"
    words = ("dereverb", recording, "-o", out)
    mixassist(*words, "--write-tail")
    assert mixassist(*words, "--json").json["recordings"][0]["resumed"]
    assert not mixassist(*words, "--plot", "--write-tail", "--json").json["recordings"][0]["resumed"]
    assert (out / "vocals.dereverb.png").is_file()
    for other in (("--strength", "0.5"), ("--no-resume",)):
        again = mixassist(*words, *other)
        assert again.code == 2
        assert "--force" in again.error_lines[0]
        assert ("other input or settings" in again.error_lines[0]) == (other[0] != "--no-resume")
    assert not mixassist(*words, "--force", "--strength", "0.5", "--json").json["recordings"][0]["resumed"]
    assert [path.name for path in out.iterdir() if path.suffix != ".json"] == ["vocals.dry.wav"]


def test_what_is_asked_for_later_joins_what_is_there(mixassist, recording, tmp_path):
    out = tmp_path / "out"
    words = ("dereverb", recording, "-o", out)
    for more, resumed in (((), False), (("--write-tail",), False), (("--plot",), False), (("--write-tail",), True)):
        report = mixassist(*words, *more, "--json").json["recordings"][0]
        assert report["resumed"] == resumed
    assert set(report["files"]) == {"vocals.dry.wav", "vocals.tail.wav", "vocals.dereverb.png"}
    assert all((out / name).stat().st_size == size for name, size in report["files"].items())


def test_a_changed_recording_is_not_done(mixassist, recording, tmp_path):
    words = ("dereverb", recording, "-o", tmp_path / "out")
    mixassist(*words)
    write_audio(recording, AudioBuffer(noise(16000, seed=5), 8000), Encoding("wav", "16"))
    assert mixassist(*words).code == 2


def test_an_interrupted_run_says_what_is_done_and_goes_on_later(mixassist, recording, tmp_path, monkeypatch):
    second = tmp_path / "zither.wav"
    write_audio(second, AudioBuffer(noise(4000), 8000), Encoding("wav", "16"))
    words = ("dereverb", recording, second, "-o", tmp_path / "out")
    real = RoomRemover.run

    def interrupted(self, job, on_seconds):
        if job.recording == second:
            raise KeyboardInterrupt
        return real(self, job, on_seconds)

    with monkeypatch.context() as patched:
        patched.setattr(RoomRemover, "run", interrupted)
        outcome = mixassist(*words)
    assert outcome.code == 130
    assert "1 of 2" in outcome.err
    again = mixassist(*words, "--json").json
    assert [each["resumed"] for each in again["recordings"]] == [True, False]


def test_one_that_fails_leaves_the_others(mixassist, recording, tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    outcome = mixassist("dereverb", broken, recording, "-o", tmp_path / "out", "--json")
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert [each["recording"] for each in outcome.json["recordings"]] == ["vocals.wav"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["vocals.dereverb.json", "vocals.dry.wav"]


@pytest.mark.parametrize("words", [("--method", "magic"), ("--strength", "2"), ("--keep-early", "0")])
def test_what_cannot_be_asked_for_is_one_line(mixassist, recording, tmp_path, words):
    outcome = mixassist("dereverb", recording, "-o", tmp_path / "out", *words)
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert words[0] in outcome.error_lines[0]


@pytest.mark.parametrize("breakage", BROKEN_SONGS, ids=lambda breakage: breakage.__name__)
def test_a_broken_recording_is_one_line(mixassist, tmp_path, breakage):
    breakage(tmp_path / "song.wav")
    require_one_line(mixassist("dereverb", tmp_path / "song.wav", "-o", tmp_path / "out"), BROKEN_SONGS[breakage])
    assert not list(tmp_path.glob("out/*"))
