"""Where lossy codecs put the sound, and how long they say it is. Positions by cross-correlation, no codec believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import correlate

from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.files import probe_audio, read_audio, read_blocks
from mixassist.audio.writer import Container, Encoding, write_audio
from mixassist.errors import AudioError
from tests.audio.encoded import without_info_tag, write_with_ffmpeg
from tests.signals import band_noise, impulses

RATE = 44_100
MP3_FRAME = 1152
MP3_DELAY = 576 + 529
"""LAME's encoder delay, and the decoder's own (ISO 11172-3 hybrid filter bank), in samples."""


def delay_samples(sent: Samples, received: Samples) -> int:
    """How many samples `received` lies behind `sent`."""
    correlation = correlate(received[0], sent[0], method="fft")
    return int(np.abs(correlation).argmax()) - (sent.shape[1] - 1)


def n_read(path: Path) -> int:
    return sum(block.shape[1] for block in read_blocks(path, 777))


@pytest.mark.parametrize("rate", [22_050, 44_100, 48_000])
@pytest.mark.parametrize("n_frames", [1000, MP3_FRAME, 10_000, 44_100, 100_003])
@pytest.mark.parametrize("container", ["mp3", "ogg"])
def test_our_own_lossy_files_keep_length_and_position(
    tmp_path: Path, container: Container, rate: int, n_frames: int
) -> None:
    path = tmp_path / f"song.{container}"
    samples = band_noise(n_frames, rate)
    write_audio(path, AudioBuffer(samples, rate), Encoding(container))

    info = probe_audio(path)

    assert (info.n_frames, info.rate, info.n_channels, info.bit_depth) == (n_frames, rate, 2, None)
    assert n_read(path) == n_frames
    assert delay_samples(samples, read_audio(path).samples) == 0


@pytest.mark.parametrize("container", ["mp3", "ogg"])
def test_an_impulse_is_where_it_was(tmp_path: Path, container: Container) -> None:
    path = tmp_path / f"click.{container}"
    positions = [5, 5000, 20_000, 39_990]
    write_audio(path, AudioBuffer(impulses(positions, 40_000), RATE), Encoding(container))
    samples = np.abs(read_audio(path).samples[0])
    for position in positions:
        start = max(position - 400, 0)
        assert start + samples[start : position + 400].argmax() == position


def test_libsndfile_hears_the_same_mp3(tmp_path: Path) -> None:
    """An independent decoder (mpg123) agrees on length, position and samples."""
    path = tmp_path / "song.mp3"
    write_audio(path, AudioBuffer(band_noise(50_000, RATE), RATE), Encoding("mp3"))
    reference, _ = soundfile.read(path, dtype="float32", always_2d=True)
    np.testing.assert_allclose(read_audio(path).samples, reference.T, atol=1e-5)


def test_an_mp3_without_info_tag_keeps_what_the_decoder_gives(tmp_path: Path) -> None:
    """Nobody knows the delay then: all whole frames come out, the sound late by encoder and decoder."""
    path = tmp_path / "song.mp3"
    samples = band_noise(60_000, RATE)
    write_audio(path, AudioBuffer(samples, RATE), Encoding("mp3"))
    path.write_bytes(without_info_tag(path.read_bytes()))

    received = read_audio(path).samples

    assert probe_audio(path).n_frames == n_read(path) == received.shape[1]
    assert received.shape[1] % MP3_FRAME == 0
    assert delay_samples(samples, received) == MP3_DELAY


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.9, 0.999])
def test_a_truncated_mp3_gives_what_is_there(tmp_path: Path, share: float, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cut.mp3"
    samples = band_noise(100_000, RATE)
    write_audio(path, AudioBuffer(samples, RATE), Encoding("mp3"))
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])

    received = read_audio(path).samples

    assert probe_audio(path).n_frames == n_read(path) == received.shape[1]
    assert received.shape[1] == pytest.approx(share * 100_000, abs=3 * MP3_FRAME)
    assert delay_samples(samples, received) == 0
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("damage", ["cut", "zeros", "missing"])
def test_a_damaged_ogg_gives_what_is_there(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "song.ogg"
    write_audio(path, AudioBuffer(band_noise(100_000, RATE), RATE), Encoding("ogg"))
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(
        data[:middle]
        + {"cut": b"", "zeros": bytes(3000), "missing": b""}[damage]
        + (data[middle + 3000 :] if damage != "cut" else b"")
    )
    assert 20_000 < probe_audio(path).n_frames == n_read(path) <= 100_000


def test_an_mp3_cut_down_to_its_tag_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "stub.mp3"
    write_audio(path, AudioBuffer(band_noise(10_000, RATE), RATE), Encoding("mp3"))
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(AudioError, match=r"stub\.mp3 "):
        probe_audio(path)


@pytest.mark.parametrize(
    ("codec", "suffix", "rate", "delay", "n_padding"),
    [
        ("aac", "m4a", 44_100, 0, 1023), ("aac", "mp4", 48_000, 0, 1023), ("aac", "mkv", 44_100, 0, 1023),
        ("aac", "aac", 44_100, 1024, 2047), ("libopus", "opus", 48_000, 0, 0), ("libopus", "webm", 48_000, 0, 0),
        ("flac", "oga", 44_100, 0, 0), ("flac", "mka", 44_100, 0, 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("n_frames", [4096, 50_001])
def test_declared_delay_is_taken_out(
    tmp_path: Path, codec: str, suffix: str, rate: int, delay: int, n_padding: int, n_frames: int
) -> None:
    path = tmp_path / f"song.{suffix}"
    samples = band_noise(n_frames, rate)
    write_with_ffmpeg(path, samples, rate, codec)

    received = read_audio(path).samples

    assert probe_audio(path).n_frames == n_read(path) == received.shape[1]
    assert n_frames <= received.shape[1] <= n_frames + n_padding
    assert delay_samples(samples, received) == delay


@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_damaged_middle_of_an_m4a_costs_no_time(tmp_path: Path, n_channels: int) -> None:
    path = tmp_path / "song.m4a"
    samples = band_noise(100_000, RATE, n_channels)
    write_with_ffmpeg(path, samples, RATE, "aac")
    n_whole = probe_audio(path).n_frames
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes(3000) + data[middle + 3000 :])

    received = read_audio(path).samples

    assert probe_audio(path).n_frames == n_read(path) == received.shape[1] == n_whole
    assert delay_samples(samples[:, 70_000:], received[:, 70_000:]) == 0
    assert not received[:, 51_000:52_000].any() or not received[:, 50_000:51_000].any()


def test_a_stream_that_changes_its_channels_is_an_error(tmp_path: Path) -> None:
    for n_channels in (2, 1):
        write_with_ffmpeg(tmp_path / f"{n_channels}.aac", band_noise(20_000, RATE, n_channels), RATE, "aac")
    path = tmp_path / "both.aac"
    path.write_bytes((tmp_path / "2.aac").read_bytes() + (tmp_path / "1.aac").read_bytes())
    with pytest.raises(AudioError, match=r"both\.aac changes from 2 channels at 44100 Hz to 1 channels at 44100 Hz"):
        read_audio(path)


def test_chained_ogg_streams_are_read_to_the_end(tmp_path: Path) -> None:
    for name in ("first.ogg", "second.ogg"):
        write_audio(tmp_path / name, AudioBuffer(band_noise(50_000, RATE), RATE), Encoding("ogg"))
    path = tmp_path / "radio.ogg"
    path.write_bytes((tmp_path / "first.ogg").read_bytes() + (tmp_path / "second.ogg").read_bytes())
    assert probe_audio(path).n_frames == n_read(path) >= 100_000


def test_recordings_count_the_same_twice(shared_data: Path) -> None:
    songs = sorted((shared_data / "songs").iterdir(), key=lambda path: path.stat().st_size)[:3]
    for song in songs:
        assert probe_audio(song).n_frames == n_read(song)
