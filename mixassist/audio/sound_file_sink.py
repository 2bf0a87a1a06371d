"""Writing FLAC, OGG Vorbis and MP3 through libsndfile (its door, writing)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.tags import FileTags
from mixassist.errors import AudioError

N_BLOCK_FRAMES = 8192
"""libsndfile's Vorbis encoder keeps a whole block on the stack, and crashes on very long ones."""

MAX_OGG_RATE = 200_000
"""Beyond this rate in Hz the Vorbis encoder has no settings, and libsndfile takes the whole process down."""

SUBTYPES = {"ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}
QUALITY: dict[str, dict[str, float | str]] = {
    "flac": {},
    "ogg": {"compression_level": 0.2},
    "mp3": {"compression_level": 0.0, "bitrate_mode": "CONSTANT"},
}
"""On libsndfile's scale from 0, the largest file, to 1: OGG at quality 8, MP3 at the highest constant rate."""


class SoundFileSink:
    """A compressed file being written.

    Args:
        path: the file to create.
        rate: sample rate in Hz.
        n_channels: number of channels.
        container: `flac`, `ogg` or `mp3`.
        n_bits: bits per sample of flac; None where floats come in.

    Raises:
        AudioError: when the container does not take the rate or the channels.
    """

    def __init__(self, path: Path, rate: int, n_channels: int, container: str, n_bits: int | None) -> None:
        import soundfile

        not_held = f"{container} does not hold {n_channels} channels at {rate} Hz: choose wav, which holds anything"
        if container == "ogg" and rate > MAX_OGG_RATE:
            raise AudioError(not_held)
        self._n_bits = n_bits
        self._disk = _CheckedFile(path)
        subtype = SUBTYPES.get(container, f"PCM_{n_bits}")
        try:
            self._file = soundfile.SoundFile(
                self._disk, "w", rate, n_channels, subtype, format=container.upper(), **QUALITY[container]
            )
        except soundfile.LibsndfileError as error:
            self._disk.close()
            raise AudioError(not_held) from error

    def describe(self, tags: FileTags) -> None:
        """Lets the file say this about itself; before the first frame."""
        for name, text in asdict(tags).items():
            if text:
                setattr(self._file, name, text.replace("\0", ""))

    def write(self, frames: NDArray[np.int32] | NDArray[np.float32]) -> None:
        """Appends frames [n, C]; integers are left-justified here, so that libsndfile does not rescale them.

        Raises:
            OSError: when the disk refused.
        """
        if self._n_bits is not None:
            frames = frames.astype(np.int32, copy=False) << (32 - self._n_bits)
        for start in range(0, len(frames), N_BLOCK_FRAMES):
            self._file.write(frames[start : start + N_BLOCK_FRAMES])
            self._disk.check()

    def close(self) -> None:
        """Completes the file.

        Raises:
            OSError: when the disk refused.
        """
        try:
            self._file.close()
            self._disk.check()
        finally:
            self._disk.close()


class _CheckedFile:
    """The file under libsndfile, which loses the system's errors on its way: they are kept here until asked for."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b", buffering=0)
        self._error: OSError | None = None

    def write(self, data: bytes) -> int:
        n_written = 0
        try:
            while n_written < len(data):
                n_written += self._file.write(data[n_written:])
        except OSError as error:
            self._error = self._error or error
        # Said to be written all the same: libsndfile may go on, `check` is asked right after.
        return len(data)

    def read(self, n_bytes: int) -> bytes:
        return self._file.read(n_bytes)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def check(self) -> None:
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self._file.close()
