"""Writing WAV by hand: 16 and 24-bit integers or 32-bit floats, any length.

The header holds a JUNK chunk of the size of a ds64 chunk. When the file ends below 4 GiB it stays a plain WAV; beyond
that the same bytes become RF64 with 64-bit sizes (EBU Tech 3306 v1.1, section 3). Every write goes through the
system's own file, so that a full disk is heard of at once. What a file says about itself comes last.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.tags import FileTags, info_chunk

RIFF_LIMIT_BYTES = 2**32 - 1
FORMAT_PCM, FORMAT_FLOAT = 1, 3
DS64_BYTES = 28


class WavFile:
    """A WAV file being written; `close` completes its header.

    Args:
        path: the file to create.
        rate: sample rate in Hz.
        n_channels: number of channels.
        bit_depth: `16`, `24` or `32f`.
    """

    def __init__(self, path: Path, rate: int, n_channels: int, bit_depth: str) -> None:
        self._n_bytes_per_sample = int(bit_depth.rstrip("f")) // 8
        self._format = struct.pack(
            "<HHIIHH",
            FORMAT_FLOAT if bit_depth == "32f" else FORMAT_PCM,
            n_channels,
            rate,
            rate * n_channels * self._n_bytes_per_sample,
            n_channels * self._n_bytes_per_sample,
            8 * self._n_bytes_per_sample,
        )
        if bit_depth == "32f":
            self._format += struct.pack("<H", 0)
        self._n_channels = n_channels
        self._n_data_bytes = 0
        self._info = b""
        self._file = path.open("wb")
        self._file.write(self._header())

    def write(self, frames: NDArray[np.int32] | NDArray[np.float32]) -> None:
        """Appends frames [n, C]: integers right-justified for 16 and 24 bits, floats for 32f."""
        data = _encode(frames, self._n_bytes_per_sample)
        self._file.write(data)
        self._n_data_bytes += len(data)

    def describe(self, tags: FileTags) -> None:
        """Lets the file say this about itself, behind its samples."""
        self._info = info_chunk(tags)

    def close(self) -> None:
        """Completes the header."""
        with self._file:
            if self._n_data_bytes % 2:
                self._file.write(b"\0")
            self._file.write(self._info)
            self._file.seek(0)
            self._file.write(self._header())

    def _header(self) -> bytes:
        n_data = self._n_data_bytes
        n_frames = n_data // (self._n_channels * self._n_bytes_per_sample)
        is_float = self._n_bytes_per_sample == 4
        fact = struct.pack("<4sII", b"fact", 4, min(n_frames, RIFF_LIMIT_BYTES)) if is_float else b""
        n_riff = 4 + 8 + DS64_BYTES + 8 + len(self._format) + len(fact) + 8 + n_data + n_data % 2 + len(self._info)
        is_rf64 = n_riff > RIFF_LIMIT_BYTES
        sizes = struct.pack("<QQQI", n_riff, n_data, n_frames, 0) if is_rf64 else bytes(DS64_BYTES)
        return b"".join(
            (
                struct.pack("<4sI4s", b"RF64" if is_rf64 else b"RIFF", min(n_riff, RIFF_LIMIT_BYTES), b"WAVE"),
                struct.pack("<4sI", b"ds64" if is_rf64 else b"JUNK", DS64_BYTES),
                sizes,
                struct.pack("<4sI", b"fmt ", len(self._format)),
                self._format,
                fact,
                struct.pack("<4sI", b"data", RIFF_LIMIT_BYTES if is_rf64 else n_data),
            )
        )


def _encode(frames: NDArray[np.int32] | NDArray[np.float32], n_bytes: int) -> bytes:
    if frames.dtype == np.float32:
        return frames.astype("<f4").tobytes()
    if n_bytes == 2:
        return frames.astype("<i2").tobytes()
    return np.ascontiguousarray(frames, dtype="<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
