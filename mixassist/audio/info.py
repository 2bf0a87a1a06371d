"""`AudioInfo`: what a file holds, before its samples are read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class AudioInfo:
    """The measured face of an audio file.

    Attributes:
        path: the file.
        rate: sample rate in Hz.
        n_channels: number of channels.
        n_frames: exact number of frames that reading yields.
        container: file format, as the decoder names it (`WAV`, `FLAC`, `mov,mp4,m4a,...`).
        subtype: sample format or codec (`PCM_24`, `VORBIS`, `aac`).
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
