"""Reading audio files: what they hold, all of it at once, or block by block (the door of libsndfile, reading).

`file_kind` chooses the decoder. What libsndfile refuses, and headers that tell no length, go to FFmpeg all the same.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mixassist.audio.blocks import rechunk
from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.file_kind import choose_decoder
from mixassist.audio.info import AudioInfo, AudioSource
from mixassist.audio.pyav_reader import pyav_source
from mixassist.errors import AudioError

if TYPE_CHECKING:
    from soundfile import SoundFile

N_BLOCK_FRAMES = 65536
UNKNOWN_LENGTH = 2**63 - 1
"""What libsndfile says of a FLAC whose header tells no length."""

INTEGER_DEPTHS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
ALAC_DEPTHS = {"ALAC_16": 16, "ALAC_20": 20, "ALAC_24": 24, "ALAC_32": 32}
FLOAT_DEPTHS = {"FLOAT": 32, "DOUBLE": 64}
BIT_DEPTHS = INTEGER_DEPTHS | ALAC_DEPTHS | FLOAT_DEPTHS


def probe_audio(path: str | os.PathLike[str]) -> AudioInfo:
    """What the file holds; `n_frames` is exactly what `read_blocks` yields.

    Cheap for lossless containers; lossy ones are decoded once to count their frames.

    Raises:
        AudioError: when the file is missing, unreadable, empty or not audio.
    """
    with _opened(Path(path)) as source:
        if source.is_length_known:
            return source.info
        return replace(source.info, n_frames=sum(block.shape[1] for block in source.blocks))


def read_audio(path: str | os.PathLike[str]) -> AudioBuffer:
    """The whole file in memory.

    Raises:
        AudioError: as `read_blocks`.
    """
    with _opened(Path(path)) as source:
        return AudioBuffer(np.concatenate(list(_finite(source)), axis=1), source.info.rate)


def read_blocks(path: str | os.PathLike[str], n_frames: int = N_BLOCK_FRAMES) -> Iterator[Samples]:
    """Blocks [C, n_frames] of float32 in order, the last one shorter; integers are x / 2**(bits-1).

    Memory does not grow with the file's length. The file is opened when the first block is asked for.

    Raises:
        AudioError: when the file is missing, unreadable, empty, cut off, not audio, or holds NaN or infinite samples.
    """
    with open_audio(path, n_frames) as source:
        yield from source.blocks


@contextmanager
def open_audio(path: str | os.PathLike[str], n_frames: int = N_BLOCK_FRAMES) -> Iterator[AudioSource]:
    """What the file holds, and its blocks as `read_blocks` gives them: for those who read once and need no length.

    Raises:
        AudioError: as `read_blocks`.
    """
    with _opened(Path(path)) as source:
        yield replace(source, blocks=_finite(replace(source, blocks=rechunk(source.blocks, n_frames))))


@contextmanager
def _opened(path: Path) -> Iterator[AudioSource]:
    file = _sound_file(path) if choose_decoder(path) == "libsndfile" else None
    if file is None:
        with pyav_source(path) as source:
            yield source
        return
    with file:
        # The length of an OGG is the number on its last page, which a damaged file does not keep.
        is_length_known = file.format != "OGG"
        yield AudioSource(_describe(path, file), _sound_file_blocks(path, file), is_length_known)


def _sound_file(path: Path) -> SoundFile | None:
    """The file opened by libsndfile; None where FFmpeg may know better: odd codecs, and headers that tell no length."""
    import soundfile

    # soundfile encodes a str strictly, and trips over names that are not valid UTF-8.
    name = str(path) if os.name == "nt" else os.fsencode(path)
    try:
        file = soundfile.SoundFile(name)
    except soundfile.LibsndfileError:
        return None
    if 0 < file.frames < UNKNOWN_LENGTH:
        return file
    file.close()
    return None


def _describe(path: Path, file: SoundFile) -> AudioInfo:
    return AudioInfo(
        path=path,
        rate=file.samplerate,
        n_channels=file.channels,
        n_frames=file.frames,
        container="WAV" if file.format == "WAVEX" else file.format,
        subtype=file.subtype,
        bit_depth=BIT_DEPTHS.get(file.subtype),
        is_float=file.subtype in FLOAT_DEPTHS,
    )


def _sound_file_blocks(path: Path, file: SoundFile) -> Iterator[Samples]:
    """Blocks [C, n] to the end.

    Raises:
        AudioError: when the file ends before its header says so; a damaged OGG just ends.
    """
    import soundfile

    n_read = 0
    while n_read < file.frames:
        try:
            block = file.read(min(N_BLOCK_FRAMES, file.frames - n_read), dtype="float32", always_2d=True)
        except soundfile.LibsndfileError:
            break
        if len(block) == 0:
            break
        n_read += len(block)
        yield np.ascontiguousarray(block.T)
    if n_read < file.frames and file.format != "OGG":
        n_read_s, n_said_s = n_read / file.samplerate, file.frames / file.samplerate
        raise AudioError(
            f"{path.name} is damaged or cut off: {n_read_s:.1f} of {n_said_s:.1f} s can be read: copy it again"
        )


def _finite(source: AudioSource) -> Iterator[Samples]:
    """The source's blocks.

    Raises:
        AudioError: at the first block with a NaN or infinite sample, after counting them to the end.
    """
    n_frames_before = 0
    for block in source.blocks:
        is_bad = ~np.isfinite(block)
        if is_bad.any():
            n_bad = int(is_bad.sum()) + sum(int((~np.isfinite(later)).sum()) for later in source.blocks)
            first_s = (n_frames_before + int(is_bad.any(axis=0).argmax())) / source.info.rate
            raise AudioError(
                f"{source.info.path.name} has {n_bad} NaN or infinite samples, the first at {first_s:.3f} s: "
                "export it again"
            )
        n_frames_before += block.shape[1]
        yield block
