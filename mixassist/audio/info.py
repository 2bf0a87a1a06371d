"""`AudioInfo` and `AudioSource`: what a file holds, and the stream of its samples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mixassist.audio.buffer import Samples


@dataclass(frozen=True)
class AudioInfo:
    """The measured face of an audio file.

    Attributes:
        path: the file.
        rate: sample rate in Hz.
        n_channels: number of channels.
        n_frames: exact number of frames that reading yields.
        container: file format in capitals (`WAV`, `FLAC`, `M4A`).
        subtype: sample format or codec in capitals (`PCM_24`, `VORBIS`, `AAC`).
        bit_depth: bits per sample of lossless audio; None for lossy codecs.
        is_float: True where samples are stored as floating point numbers.
    """

    path: Path
    rate: int
    n_channels: int
    n_frames: int
    container: str
    subtype: str
    bit_depth: int | None
    is_float: bool

    @property
    def seconds(self) -> float:
        return self.n_frames / self.rate


@dataclass(frozen=True)
class AudioSource:
    """An opened file: its face, and its samples as blocks [C, n] of any length.

    `info.n_frames` counts where `is_length_known`; elsewhere it is 0 and only reading to the end tells.
    """

    info: AudioInfo
    blocks: Iterator[Samples]
    is_length_known: bool
