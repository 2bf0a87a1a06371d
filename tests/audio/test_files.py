from __future__ import annotations

import os
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import probe_audio, read_audio, read_blocks
from mixassist.audio.writer import Container, Encoding, write_audio
from mixassist.errors import AudioError
from tests.audio.encoded import with_wav_sizes, without_flac_length, write_with_ffmpeg
from tests.signals import noise, random_grid

RATE = 44_100
N_FRAMES = 30_011


def error_of(path: Path) -> str:
    """The one line that both probing and reading answer with."""
    with pytest.raises(AudioError) as probing:
        probe_audio(path)
    with pytest.raises(AudioError) as reading:
        list(read_blocks(path))
    assert str(probing.value) == str(reading.value)
    assert "\n" not in str(probing.value)
    return str(probing.value)


@pytest.mark.parametrize(
    ("container", "subtype", "n_bits"),
    [
        ("WAV", "PCM_U8", 8), ("WAV", "PCM_16", 16), ("WAV", "PCM_24", 24), ("WAVEX", "PCM_24", 24),
        ("RF64", "PCM_24", 24), ("W64", "PCM_16", 16), ("AIFF", "PCM_16", 16), ("AIFF", "PCM_24", 24),
        ("FLAC", "PCM_16", 16), ("FLAC", "PCM_24", 24), ("CAF", "PCM_24", 24), ("CAF", "ALAC_16", 16),
        ("AU", "PCM_16", 16),
    ],
)  # fmt: skip
def test_lossless_integers_are_read_exactly(tmp_path: Path, container: str, subtype: str, n_bits: int) -> None:
    samples = random_grid(N_FRAMES, n_bits)
    path = tmp_path / "song.any"
    left_justified = (samples.T.astype(np.float64) * 2**31).astype(np.int32)
    soundfile.write(path, left_justified, RATE, subtype, format=container)

    info = probe_audio(path)

    assert (info.rate, info.n_channels, info.n_frames, info.bit_depth) == (RATE, 2, N_FRAMES, n_bits)
    assert not info.is_float
    assert info.seconds == N_FRAMES / RATE
    np.testing.assert_array_equal(read_audio(path).samples, samples)


@pytest.mark.parametrize(("subtype", "n_bits"), [("FLOAT", 32), ("DOUBLE", 64)])
def test_floats_keep_what_lies_beyond_full_scale(tmp_path: Path, subtype: str, n_bits: int) -> None:
    samples = noise(N_FRAMES, n_channels=6, amplitude=3.0)
    soundfile.write(tmp_path / "song.wav", samples.T, 192_000, subtype)
    info = probe_audio(tmp_path / "song.wav")
    assert (info.rate, info.n_channels, info.bit_depth, info.is_float) == (192_000, 6, n_bits, True)
    np.testing.assert_array_equal(read_audio(tmp_path / "song.wav").samples, samples)


@pytest.mark.parametrize("n_frames", [64, 65, 8193, N_FRAMES, 65_536, 10**6])
@pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg"])
def test_blocks_of_any_length_hold_the_same_samples(tmp_path: Path, suffix: Container, n_frames: int) -> None:
    path = tmp_path / f"song.{suffix}"
    write_audio(path, AudioBuffer(noise(N_FRAMES), RATE), Encoding(suffix, "16"))

    blocks = list(read_blocks(path, n_frames))

    assert {block.shape[1] for block in blocks[:-1]} <= {n_frames}
    assert {block.dtype for block in blocks} == {np.dtype(np.float32)}
    assert sum(block.shape[1] for block in blocks) == probe_audio(path).n_frames
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), read_audio(path).samples)


@pytest.mark.parametrize("suffix", ["wav", "flac"])
def test_one_sample_is_a_file(tmp_path: Path, suffix: Container) -> None:
    path = tmp_path / f"song.{suffix}"
    write_audio(path, AudioBuffer(np.array([[0.5]], dtype=np.float32), 8000), Encoding(suffix, "16"))
    assert probe_audio(path).n_frames == 1
    assert read_audio(path).samples.tolist() == [[0.5]]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros((40 * RATE, 2), dtype=np.int16), RATE)
    read_for_a_start = next(read_blocks(path))
    tracemalloc.start()
    n_frames = sum(block.shape[1] for block in read_blocks(path))
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_frames == 40 * RATE
    assert peak_bytes < 8 * read_for_a_start.nbytes < 0.5 * n_frames * 2 * 4


@pytest.mark.parametrize("size", [0, 2**32 - 1])
def test_a_wav_written_into_a_pipe_is_read_to_its_end(tmp_path: Path, size: int) -> None:
    samples = random_grid(N_FRAMES, 24)
    write_audio(tmp_path / "whole.wav", AudioBuffer(samples, RATE), Encoding("wav", "24"))
    path = tmp_path / "piped.wav"
    path.write_bytes(with_wav_sizes((tmp_path / "whole.wav").read_bytes(), size))
    assert (probe_audio(path).n_frames, probe_audio(path).bit_depth) == (N_FRAMES, 24)
    np.testing.assert_array_equal(read_audio(path).samples, samples)


def test_a_flac_written_into_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    samples = random_grid(N_FRAMES, 24)
    write_audio(tmp_path / "whole.flac", AudioBuffer(samples, RATE), Encoding("flac", "24"))
    path = tmp_path / "piped.flac"
    path.write_bytes(without_flac_length((tmp_path / "whole.flac").read_bytes()))
    assert (probe_audio(path).n_frames, probe_audio(path).bit_depth) == (N_FRAMES, 24)
    np.testing.assert_array_equal(read_audio(path).samples, samples)


@pytest.mark.parametrize("magic", [b"RF64", b"BW64"])
def test_files_beyond_4_gib_are_read_by_their_64_bit_sizes(tmp_path: Path, magic: bytes) -> None:
    samples = random_grid(N_FRAMES, 24)
    path = tmp_path / "long.wav"
    soundfile.write(path, (samples.T.astype(np.float64) * 2**31).astype(np.int32), RATE, "PCM_24", format="RF64")
    path.write_bytes(magic + path.read_bytes()[4:])
    assert (probe_audio(path).n_frames, probe_audio(path).bit_depth) == (N_FRAMES, 24)
    np.testing.assert_array_equal(read_audio(path).samples, samples)


def test_alac_in_m4a_is_lossless(tmp_path: Path) -> None:
    samples = random_grid(N_FRAMES, 24)
    write_with_ffmpeg(tmp_path / "song.m4a", samples, RATE, "alac")
    info = probe_audio(tmp_path / "song.m4a")
    assert (info.container, info.subtype, info.bit_depth) == ("M4A", "ALAC", 24)
    np.testing.assert_array_equal(read_audio(tmp_path / "song.m4a").samples, samples)


def test_a_cut_off_wav_gives_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    samples = random_grid(N_FRAMES, 16)
    write_audio(path, AudioBuffer(samples, RATE), Encoding("wav", "16"))
    path.write_bytes(path.read_bytes()[: 80 + 4 * 20_000 + 3])
    assert probe_audio(path).n_frames == 20_000
    np.testing.assert_array_equal(read_audio(path).samples, samples[:, :20_000])


def test_a_cut_off_flac_is_told_with_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "cut.flac"
    write_audio(path, AudioBuffer(noise(10 * RATE), RATE), Encoding("flac", "16"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(AudioError, match=r"cut\.flac is damaged or cut off: [3-5]\.\d of 10\.0 s can be read"):
        read_audio(path)


def test_missing_file(tmp_path: Path) -> None:
    assert error_of(tmp_path / "no.wav") == f"{tmp_path}/no.wav does not exist: check the name"


def test_folder(tmp_path: Path) -> None:
    assert error_of(tmp_path) == f"{tmp_path} is a folder: name an audio file in it"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    assert "is a pipe or a device" in error_of(tmp_path / "pipe.wav")


def test_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's answer is simulated: for root every file is readable."""
    path = tmp_path / "locked.wav"
    path.write_bytes(b"RIFF")

    def refuse(self: Path, *_args: object, **_kwargs: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    assert error_of(path) == f"{path} cannot be opened (Permission denied): check its permissions"


def test_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").write_bytes(b"")
    assert error_of(tmp_path / "empty.wav") == "empty.wav is empty (0 bytes): export it again"


@pytest.mark.parametrize("container", ["WAV", "RF64", "AIFF"])
def test_file_of_0_frames(tmp_path: Path, container: str) -> None:
    soundfile.write(tmp_path / "none.wav", np.zeros((0, 2)), RATE, format=container)
    assert "none.wav has 0 frames" in error_of(tmp_path / "none.wav")


@pytest.mark.parametrize(
    "text", ["Dear diary,\n" * 100, "é" * 300, "#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.ts\n", "x"]
)
def test_text_is_not_audio_whatever_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "song.wav"
    path.write_text(text, encoding="utf-8")
    assert error_of(path) == "song.wav holds text, not audio: name the audio file itself"


@pytest.mark.parametrize("suffix", ["wav", "mp3", "m4a", "ogg", "flac"])
@pytest.mark.parametrize("start", [b"", b"RIFF", b"fLaC", b"OggS", b"\xff\xfb\x90\x64", b"ID3\x03\0\0\0\0\0\x7f"])
def test_random_bytes_are_not_audio(tmp_path: Path, suffix: str, start: bytes, rng: np.random.Generator) -> None:
    path = tmp_path / f"song.{suffix}"
    path.write_bytes(start + rng.bytes(20_000))
    assert error_of(path).startswith(f"song.{suffix} ")


def test_picture_is_not_audio(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "cover.png")
    assert "cover.png" in error_of(tmp_path / "cover.png")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems allow no such names")
def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    suffixes: tuple[Container, ...] = ("wav", "mp3")
    for suffix in suffixes:
        write_audio(tmp_path / f"plain.{suffix}", AudioBuffer(noise(2000), RATE), Encoding(suffix))
        odd = tmp_path / os.fsdecode(b"b\xe4ng." + suffix.encode())
        (tmp_path / f"plain.{suffix}").rename(odd)
        assert probe_audio(odd).n_frames == read_audio(str(odd)).n_frames == 2000


def test_non_finite_samples_are_counted_and_placed(tmp_path: Path) -> None:
    samples = noise(3 * RATE)
    samples[0, RATE // 2] = np.nan
    samples[:, 2 * RATE :][:, :5] = np.inf
    soundfile.write(tmp_path / "bad.wav", samples.T, RATE, "FLOAT")
    with pytest.raises(AudioError) as caught:
        list(read_blocks(tmp_path / "bad.wav"))
    assert str(caught.value) == "bad.wav has 11 NaN or infinite samples, the first at 0.500 s: export it again"
