from __future__ import annotations

import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.io import wavfile

from mixassist.audio import wav_file
from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.files import probe_audio, read_audio
from mixassist.audio.pcm import quantize
from mixassist.audio.tags import FileTags
from mixassist.audio.writer import AudioWriter, BitDepth, Container, Encoding, write_audio
from mixassist.errors import AudioError, OptionError
from tests.signals import noise, random_grid

RATE = 44_100
INTEGER = [Encoding("wav", "16"), Encoding("wav", "24"), Encoding("flac", "16"), Encoding("flac", "24")]
ALL = [*INTEGER, Encoding("wav", "32f"), Encoding("ogg"), Encoding("mp3")]


def name_of(encoding: Encoding) -> str:
    return f"{encoding.container}-{encoding.bit_depth}"


@pytest.mark.parametrize("encoding", INTEGER, ids=name_of)
@pytest.mark.parametrize("n_channels", [1, 2, 5])
def test_integers_round_trip_bit_for_bit(tmp_path: Path, encoding: Encoding, n_channels: int) -> None:
    samples = random_grid(10_007, int(encoding.bit_depth), n_channels)
    path = tmp_path / f"song.{encoding.container}"
    write_audio(path, AudioBuffer(samples, RATE), encoding)
    reference, rate = soundfile.read(path, dtype="int32", always_2d=True)
    assert (rate, probe_audio(path).bit_depth) == (RATE, int(encoding.bit_depth))
    np.testing.assert_array_equal(reference.T, (samples * 2.0**31).astype(np.int64))
    np.testing.assert_array_equal(read_audio(path).samples, samples)


@pytest.mark.parametrize("encoding", INTEGER, ids=name_of)
def test_what_write_returns_is_what_the_file_holds(tmp_path: Path, encoding: Encoding) -> None:
    samples = noise(10_000, amplitude=0.4)
    path = tmp_path / f"song.{encoding.container}"
    with AudioWriter(path, RATE, 2, encoding, seed=7) as writer:
        kept = writer.write(samples)
    np.testing.assert_array_equal(read_audio(path).samples, kept)
    n_bits = int(encoding.bit_depth)
    np.testing.assert_array_equal(kept * 2.0 ** (n_bits - 1), quantize(samples, n_bits, np.random.default_rng(7)))


def test_floats_keep_everything(tmp_path: Path) -> None:
    samples = noise(10_000, amplitude=2.0)
    write_audio(tmp_path / "song.wav", AudioBuffer(samples, RATE), Encoding("wav", "32f"))
    rate, reference = wavfile.read(tmp_path / "song.wav")
    assert rate == RATE
    np.testing.assert_array_equal(reference.T, samples)


@pytest.mark.parametrize("encoding", [*INTEGER, Encoding("wav", "32f"), Encoding("mp3")], ids=name_of)
def test_any_cut_gives_the_same_file(tmp_path: Path, encoding: Encoding) -> None:
    """OGG is left out: its stream number is random by its standard."""
    samples = noise(30_000)
    files = []
    for cuts in ([], [1, 64, 129, 8192, 20_000]):
        path = tmp_path / f"{len(cuts)}.{encoding.container}"
        with AudioWriter(path, RATE, 2, encoding) as writer:
            for block in np.split(samples, cuts, axis=1):
                writer.write(block)
        files.append(path.read_bytes())
    assert files[0] == files[1]


@pytest.mark.parametrize("encoding", ALL, ids=name_of)
def test_long_blocks_do_not_crash_the_encoder(tmp_path: Path, encoding: Encoding) -> None:
    samples = np.zeros((2, 2_000_000), dtype=np.float32)
    path = tmp_path / f"song.{encoding.container}"
    with AudioWriter(path, RATE, 2, encoding) as writer:
        writer.write(samples)
    assert probe_audio(path).n_frames == 2_000_000


def test_counters_tell_frames_peak_and_clipping(tmp_path: Path) -> None:
    block = np.array([[0.5, 1.0, -1.0, 1.001], [0.0, -1.5, 0.0, 0.0]], dtype=np.float32)
    with AudioWriter(tmp_path / "a.wav", RATE, 2, Encoding("wav", "16")) as writer:
        writer.write(block)
        writer.write(block[:, :0])
        writer.write(0.1 * block)
    assert (writer.n_frames, writer.n_clipped, writer.peak) == (8, 2, 1.5)
    with AudioWriter(tmp_path / "b.wav", RATE, 2, Encoding("wav", "32f")) as writer:
        writer.write(block)
    assert (writer.n_clipped, writer.peak) == (0, 1.5)


@pytest.mark.parametrize("bit_depth", ["16", "24", "32f"])
def test_wav_turns_into_rf64_when_it_must(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bit_depth: BitDepth) -> None:
    """The limit is lowered from 4 GiB; both libsndfile and FFmpeg read the result by its 64-bit sizes."""
    samples = random_grid(5001, 16, n_channels=1)
    paths = {}
    for limit in (100_000, 5_000):
        monkeypatch.setattr(wav_file, "RIFF_LIMIT_BYTES", limit)
        paths[limit] = tmp_path / f"{limit}.wav"
        write_audio(paths[limit], AudioBuffer(samples, RATE), Encoding("wav", bit_depth))
    plain, rf64 = (path.read_bytes() for path in paths.values())

    assert (plain[:4], plain[12:16]) == (b"RIFF", b"JUNK")
    assert (rf64[:4], rf64[12:16]) == (b"RF64", b"ds64")
    assert len(plain) == len(rf64)
    assert int.from_bytes(rf64[20:28], "little") == len(rf64) - 8
    assert int.from_bytes(rf64[36:44], "little") == 5001
    assert soundfile.info(paths[5_000]).format == "RF64"
    np.testing.assert_array_equal(read_audio(paths[5_000]).samples, samples)


def test_rf64_leaves_the_32_bit_sizes_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = wav_file.WavFile(tmp_path / "long.wav", RATE, 2, "24")
    monkeypatch.setattr(writer, "_n_data_bytes", 2**32 + 6)
    header = writer._header()
    writer.close()
    assert header[:8] == b"RF64\xff\xff\xff\xff"
    assert int.from_bytes(header[28:36], "little") == 2**32 + 6
    assert header[-8:] == b"data\xff\xff\xff\xff"


@pytest.mark.parametrize("encoding", ALL, ids=name_of)
@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_error_leaves_no_file(tmp_path: Path, encoding: Encoding, error: type[BaseException]) -> None:
    path = tmp_path / "new" / f"song.{encoding.container}"

    def fail_half_way() -> None:
        with AudioWriter(path, RATE, 2, encoding) as writer:
            writer.write(noise(20_000))
            assert not path.exists()
            raise error

    with pytest.raises(error):
        fail_half_way()
    assert list(path.parent.iterdir()) == []


def test_an_error_leaves_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "song.wav"
    path.write_bytes(b"older")
    with pytest.raises(AudioError, match="NaN"), AudioWriter(path, RATE, 1) as writer:
        writer.write(np.array([[np.nan]], dtype=np.float32))
    assert path.read_bytes() == b"older"
    assert list(tmp_path.iterdir()) == [path]


@contextmanager
def small_disk(n_bytes: int) -> Iterator[None]:
    """Lets no file grow beyond `n_bytes`: the system refuses the write, as a full disk does."""
    import resource
    import signal

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit the size of files")
@pytest.mark.parametrize("encoding", ALL, ids=name_of)
@pytest.mark.parametrize("n_bytes", [30, 5_000, 8_192])
def test_a_full_disk_leaves_no_file_and_is_told(
    tmp_path: Path, encoding: Encoding, n_bytes: int, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"song.{encoding.container}"
    message = rf"song\.{encoding.container} cannot be written to {tmp_path} \(.*, \d+ MB free\): make room"
    with small_disk(n_bytes), pytest.raises(AudioError, match=message):
        write_audio(path, AudioBuffer(noise(40_000), RATE), encoding)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "stems").write_text("in the way")
    with pytest.raises(AudioError, match=r"song\.wav cannot be written to .*stems"):
        write_audio(tmp_path / "stems" / "song.wav", AudioBuffer(noise(10), RATE))


def test_a_target_that_is_a_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "song.wav").mkdir()
    with pytest.raises(AudioError, match=r"song\.wav cannot be written"):
        write_audio(tmp_path / "song.wav", AudioBuffer(noise(10), RATE))
    assert [path.name for path in tmp_path.iterdir()] == ["song.wav"]


@pytest.mark.parametrize(
    ("encoding", "rate", "n_channels"),
    [
        (Encoding("mp3"), 96_000, 2),
        (Encoding("mp3"), RATE, 6),
        (Encoding("ogg"), 384_000, 2),
        (Encoding("flac", "16"), RATE, 9),
        (Encoding("flac", "16"), 700_000, 2),
    ],
)
def test_what_a_container_cannot_hold_is_told(tmp_path: Path, encoding: Encoding, rate: int, n_channels: int) -> None:
    message = rf"{encoding.container} does not hold {n_channels} channels at {rate} Hz: choose wav"
    with pytest.raises(AudioError, match=message):
        write_audio(tmp_path / "song.x", AudioBuffer(noise(10, n_channels), rate), encoding)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("container", "bit_depth", "message"),
    [
        ("flac", "32f", "bit depth 32f does not fit into flac, which holds integers: choose 24, or wav"),
        ("aiff", "24", "format 'aiff' is unknown: choose one of wav, flac, ogg, mp3"),
        ("wav", "32", "bit depth '32' is unknown: choose one of 16, 24, 32f"),
    ],
)
def test_encodings_that_do_not_exist_are_refused(container: str, bit_depth: str, message: str) -> None:
    with pytest.raises(OptionError) as caught:
        Encoding(container, bit_depth)  # type: ignore[arg-type]
    assert str(caught.value) == message


def test_writing_the_wrong_way_is_a_bug(tmp_path: Path) -> None:
    writer = AudioWriter(tmp_path / "song.wav", RATE, 2)
    with pytest.raises(ValueError, match="not open"):
        writer.write(noise(10))
    with pytest.raises(ValueError, match="has 2 channels, the block has 1"), writer:
        writer.write(noise(10, n_channels=1))


@pytest.mark.parametrize("container", ["wav", "flac", "ogg", "mp3"])
@pytest.mark.parametrize("n_frames", [999, 1000])
def test_a_file_says_about_itself_what_it_was_told_to(tmp_path: Path, container: Container, n_frames: int) -> None:
    path = tmp_path / f"song.{container}"
    tags = FileTags(artist="Zoë & the Öl", comment="sings as: nobody", copyright="CC0-1.0")
    write_audio(path, AudioBuffer(noise(n_frames, 1), 44100), Encoding(container, "24", tags))
    with soundfile.SoundFile(path) as file:
        assert (file.artist, file.comment) == (tags.artist, tags.comment)
        assert file.copyright == tags.copyright or container == "mp3", "libsndfile has no place for it there"
        assert file.frames == n_frames or container == "mp3"


def test_what_a_wav_says_lies_in_chunks_of_even_length(tmp_path: Path) -> None:
    """Walked by hand, as a strict reader does."""
    write_audio(tmp_path / "song.wav", AudioBuffer(noise(333, 1), 44100), Encoding("wav", "24", FileTags(title="odd")))
    data = (tmp_path / "song.wav").read_bytes()
    names, at = [], 12
    while at < len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        names.append(name)
        at += 8 + size + size % 2
    assert at == len(data) == 8 + struct.unpack_from("<I", data, 4)[0]
    assert names[-2:] == [b"data", b"LIST"]
    assert data.endswith(b"INFOINAM\x04\x00\x00\x00odd\x00")
