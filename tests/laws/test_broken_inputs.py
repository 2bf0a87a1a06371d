"""Law 11: everything broken gives one line on stderr, exit code 2, and leaves nothing under a final name."""

from __future__ import annotations

import errno
import os
import shutil

import numpy as np
import pytest
import soundfile

from mixassist import AudioBuffer, write_audio
from mixassist.audio.wav_file import WavFile
from mixassist.audio.writer import Encoding
from tests.demucs_models import htdemucs, write_safetensors


def empty_file(path):
    path.write_bytes(b"")


def no_frames(path):
    soundfile.write(path, np.zeros((0, 2)), 44100)


def not_a_number(path):
    samples = np.zeros((5000, 2))
    samples[1234, 1] = np.nan
    soundfile.write(path, samples, 44100, subtype="FLOAT")


def six_channels(path):
    soundfile.write(path, np.zeros((19200, 6)), 192000)


def text_by_another_name(path):
    path.write_text("Verse 1\nNo sound in here\n")


def truncated_to_its_header(path):
    soundfile.write(path.with_suffix(".flac"), np.random.default_rng(0).uniform(-0.1, 0.1, (44100, 2)), 44100)
    path.write_bytes(path.with_suffix(".flac").read_bytes()[:200])


def a_folder_of_nothing(path):
    path.mkdir()


BROKEN_SONGS = {
    empty_file: "song.wav is empty (0 bytes)",
    no_frames: "song.wav has 0 frames",
    not_a_number: "song.wav",
    six_channels: "song.wav has 6 channels",
    text_by_another_name: "song.wav",
    truncated_to_its_header: "song.wav",
    a_folder_of_nothing: "song.wav holds no audio files",
}


@pytest.fixture
def separate(mixassist, tiny_htdemucs, tmp_path):
    words = ("--model", tiny_htdemucs.path, "--engine", "onnxruntime", "-o", tmp_path / "out")
    return lambda *songs: mixassist("separate", *songs, *words)


@pytest.fixture
def good_song(tmp_path, rng):
    write_audio(tmp_path / "good.wav", AudioBuffer(rng.uniform(-0.5, 0.5, (2, 50000)), 44100), Encoding("wav", "16"))
    return tmp_path / "good.wav"


def left_behind(folder):
    return [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []


def require_one_line(outcome, message):
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert message in outcome.error_lines[0]
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("breakage", BROKEN_SONGS, ids=lambda breakage: breakage.__name__)
def test_a_broken_song_is_one_line(separate, tmp_path, breakage):
    breakage(tmp_path / "song.wav")
    require_one_line(separate(tmp_path / "song.wav"), BROKEN_SONGS[breakage])
    assert left_behind(tmp_path / "out") == []


def test_a_missing_song_is_one_line(separate, tmp_path):
    require_one_line(separate(tmp_path / "missing.wav"), "missing.wav does not exist")


def test_a_truncated_mp3_is_separated_as_far_as_it_goes_or_refused(separate, tmp_path, rng):
    soundfile.write(tmp_path / "whole.mp3", rng.uniform(-0.3, 0.3, (44100, 2)), 44100)
    whole = (tmp_path / "whole.mp3").read_bytes()
    (tmp_path / "cut.mp3").write_bytes(whole[: len(whole) // 2])
    outcome = separate(tmp_path / "cut.mp3")
    assert outcome.code == 0 or len(outcome.error_lines) == 1
    assert "Traceback" not in outcome.err


def test_an_old_tag_in_another_encoding_does_not_matter(separate, tmp_path, rng):
    """ID3v1 knows no UTF-8: `é` is one byte there."""
    soundfile.write(tmp_path / "old.mp3", rng.uniform(-0.3, 0.3, (44100, 2)), 44100)
    tag = b"TAG" + "Beyonc\u00e9".encode("latin-1").ljust(125, b"\0")
    with (tmp_path / "old.mp3").open("ab") as file:
        file.write(tag)
    assert separate(tmp_path / "old.mp3").code == 0


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_name_that_is_not_unicode_does_not_matter(separate, good_song, tmp_path):
    name = tmp_path / os.fsdecode(b"na\xefve.wav")
    shutil.copyfile(good_song, name)
    assert separate(name).code == 0
    assert separate(name).code == 0, "its report can be read back"


@pytest.mark.parametrize("n_frames", [1, 2, 100])
def test_the_shortest_songs_are_separated(separate, tmp_path, n_frames):
    soundfile.write(tmp_path / "short.wav", np.full((n_frames, 2), 0.25), 44100)
    assert separate(tmp_path / "short.wav").code == 0
    assert soundfile.info(tmp_path / "out" / "short" / "vocals.wav").frames == n_frames


def test_a_telephone_recording_is_separated(separate, tmp_path, rng):
    soundfile.write(tmp_path / "phone.wav", rng.uniform(-0.3, 0.3, 8000), 8000)
    assert separate(tmp_path / "phone.wav").code == 0
    info = soundfile.info(tmp_path / "out" / "phone" / "vocals.wav")
    assert (info.samplerate, info.channels, info.frames) == (8000, 1, 8000)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_an_unreadable_song_is_one_line(separate, good_song):
    good_song.chmod(0)
    require_one_line(separate(good_song), "cannot be opened")


def test_an_output_that_cannot_be_a_folder_is_one_line(mixassist, tiny_htdemucs, good_song, tmp_path):
    (tmp_path / "out").write_text("a file, not a folder")
    words = ("--model", tiny_htdemucs.path, "--engine", "onnxruntime", "-o", tmp_path / "out")
    require_one_line(mixassist("separate", good_song, *words), "out")


def test_a_full_disk_is_one_line_and_leaves_nothing(separate, good_song, tmp_path, monkeypatch):
    def full(self, frames):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(WavFile, "write", full)
    require_one_line(separate(good_song), "No space left" if os.name == "nt" else "")
    assert left_behind(tmp_path / "out") == []


@pytest.mark.parametrize("damage", [lambda data: data[:-500], lambda data: bytes([data[0] ^ 1]) + data[1:]])
def test_a_damaged_artifact_is_one_line(mixassist, tiny_htdemucs, good_song, tmp_path, damage):
    folder = tmp_path / "model"
    shutil.copytree(tiny_htdemucs.path, folder)
    graph = folder / "model.onnx"
    graph.write_bytes(damage(graph.read_bytes()))
    require_one_line(
        mixassist("separate", good_song, "--model", folder, "-o", tmp_path / "out"), "model.onnx is damaged"
    )


def test_damaged_weights_are_one_line(mixassist, good_song, tmp_path):
    weights = write_safetensors(htdemucs(), tmp_path / "weights.safetensors")
    weights.write_bytes(weights.read_bytes()[:2000])
    outcome = mixassist("separate", good_song, "--model", weights, "-o", tmp_path / "out")
    require_one_line(outcome, "weights.safetensors cannot be read")


def test_weights_with_a_wrong_checksum_are_one_line(mixassist, good_song, tmp_path):
    (tmp_path / "955717e8-8726e21a.th").write_bytes(b"not what the name says")
    outcome = mixassist("separate", good_song, "--model", tmp_path / "955717e8-8726e21a.th", "-o", tmp_path / "out")
    require_one_line(outcome, "is damaged")


def test_a_model_nobody_knows_is_one_line(mixassist, good_song, tmp_path):
    outcome = mixassist("separate", good_song, "--model", "htdemusc", "-o", tmp_path / "out")
    require_one_line(outcome, "no model is called htdemusc")
