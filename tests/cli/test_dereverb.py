import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.audio.writer import Encoding
from separation.dereverb.room_removal import RoomRemover
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
    assert report["measured"].keys() == {"before", "after", "fall_db"}
    assert {"rt60_s", "rt60_by_octave", "drr_db", "confidence"} == report["measured"]["after"].keys()
    parts = [read_audio(out / name).samples for name in sounds]
    np.testing.assert_array_equal(sum(parts), read_audio(recording).samples)


def test_what_is_asked_for_later_joins_what_is_there(mixassist, recording, tmp_path):
    out = tmp_path / "out"
    words = ("dereverb", recording, "-o", out)
    for more, resumed in (((), False), (("--write-tail",), False), (("--plot",), False), (("--write-tail",), True)):
        report = mixassist(*words, *more, "--json").json["recordings"][0]
        assert report["resumed"] == resumed
    assert set(report["files"]) == {"vocals.dry.wav", "vocals.tail.wav", "vocals.dereverb.png"}
    assert all((out / name).stat().st_size == size for name, size in report["files"].items())


def test_the_rooms_are_told_and_a_changed_recording_is_not_done(mixassist, recording, tmp_path):
    words = ("dereverb", recording, "-o", tmp_path / "out")
    assert "; room: " in mixassist(*words).out
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
