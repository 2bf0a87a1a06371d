"""Reading audio files: what they hold, all of it at once, or block by block (the door of libsndfile, reading).

Lossless containers (WAV with RF64 and BW64, AIFF, FLAC, CAF, AU, W64) go to libsndfile, whose headers tell the exact
length; everything else, and what libsndfile refuses, goes to FFmpeg through `pyav_reader`. The choice is made by the
first bytes, not by the name, so that probing and reading always meet the same decoder.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mixassist.audio.blocks import rechunk
from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.info import AudioInfo
from mixassist.audio.pyav_reader import probe_pyav, read_pyav
from mixassist.errors import AudioError

if TYPE_CHECKING:
    from soundfile import SoundFile

LOSSLESS_MAGIC = (b"RIFF", b"RF64", b"FORM", b"fLaC", b"caff", b"riff", b".snd")
BIT_DEPTHS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32, "FLOAT": 32, "DOUBLE": 64}
BIT_DEPTHS |= {"ALAC_16": 16, "ALAC_20": 20, "ALAC_24": 24, "ALAC_32": 32}

AudioPath = str | PathLike[str]


def probe_audio(path: AudioPath) -> AudioInfo:
    """What the file holds; `n_frames` is exactly what `read_blocks` yields.

    Cheap for lossless containers; lossy ones are decoded once to count their frames.

    Raises:
        AudioError: when the file is missing, unreadable, empty or not audio.
    """
    file_path = _checked_path(path)
    with _sound_file(file_path) as file:
        info = _describe(file_path, file) if file else probe_pyav(file_path)
    if info.n_frames == 0:
        raise AudioError(f"{file_path.name} has 0 frames: export it again")
    return info


def read_audio(path: AudioPath) -> AudioBuffer:
    """The whole file in memory.

    Raises:
        AudioError: as `read_blocks`.
    """
    info = probe_audio(path)
    samples = np.empty((info.n_channels, info.n_frames), dtype=np.float32)
    start = 0
    for block in read_blocks(path):
        samples[:, start : start + block.shape[1]] = block
        start += block.shape[1]
    return AudioBuffer(samples, info.rate)


def read_blocks(path: AudioPath, n_frames: int = 65536) -> Iterator[Samples]:
    """Blocks [C, n_frames] of float32 in order, the last one shorter; integers are x / 2**(bits-1).

    Memory does not grow with the file's length.

    Raises:
        AudioError: when the file is missing, unreadable, empty, cut off, not audio, or holds NaN or infinite samples.
    """
    file_path = _checked_path(path)
    with _sound_file(file_path) as file:
        blocks = _sound_file_blocks(file_path, file, n_frames) if file else rechunk(read_pyav(file_path), n_frames)
        yield from _checked(file_path, blocks, file.samplerate if file else None)


def _checked_path(path: AudioPath) -> Path:
    file_path = Path(path)
    if file_path.is_dir():
        raise AudioError(f"{file_path.name} is a folder: name an audio file")
    try:
        with file_path.open("rb") as file:
            if not file.read(1):
                raise AudioError(f"{file_path.name} is empty (0 bytes): export it again")
    except FileNotFoundError as error:
        raise AudioError(f"{file_path} does not exist: check the path") from error
    except OSError as error:
        raise AudioError(f"{file_path} cannot be opened ({error.strerror}): check its permissions") from error
    return file_path


@contextmanager
def _sound_file(path: Path) -> Iterator[SoundFile | None]:
    """The file opened by libsndfile, or None where FFmpeg is to read it."""
    with path.open("rb") as raw:
        is_lossless = raw.read(4) in LOSSLESS_MAGIC
    if not is_lossless:
        yield None
        return
    import soundfile

    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError:
        yield None
        return
    with file:
        yield file


def _describe(path: Path, file: SoundFile) -> AudioInfo:
    subtype = file.subtype
    container = "WAV" if file.format == "WAVEX" else file.format
    bits = BIT_DEPTHS.get(subtype)
    is_float = subtype in ("FLOAT", "DOUBLE")
    return AudioInfo(path, file.samplerate, file.channels, file.frames, container, subtype, bits, is_float)


def _sound_file_blocks(path: Path, file: SoundFile, n_frames: int) -> Iterator[Samples]:
    n_left = file.frames
    while n_left > 0:
        block = file.read(min(n_frames, n_left), dtype="float32", always_2d=True)
        if not len(block):
            raise AudioError(f"{path.name} is cut off: copy it again")
        n_left -= len(block)
        yield np.ascontiguousarray(block.T)


def _checked(path: Path, blocks: Iterator[Samples], rate: int | None) -> Iterator[Samples]:
    for block in blocks:
        if not np.isfinite(block).all():
            raise AudioError(f"{path.name} holds NaN or infinite samples: export it again")
        yield block
