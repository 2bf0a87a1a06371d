"""Writing FLAC, OGG Vorbis and MP3 through libsndfile (its door, writing)."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import AudioError

N_BLOCK_FRAMES = 8192
"""libsndfile's Vorbis encoder keeps a block on the stack and crashes on very long ones."""

SUBTYPES = {"ogg": "VORBIS", "mp3": "MPEG_LAYER_III"}
QUALITY: dict[str, dict[str, float | str]] = {
    "flac": {},
    "ogg": {"compression_level": 0.2},
    "mp3": {"compression_level": 0.0, "bitrate_mode": "CONSTANT"},
}
"""libsndfile's scale from 0 (largest file) to 1: OGG at quality 8, MP3 at its highest constant rate (320 kbit/s)."""


class SoundFileSink:
    """A compressed file being written.

    Raises:
        AudioError: when the container does not take the rate or the channels, or the disk is full.
    """

    def __init__(self, path: Path, rate: int, n_channels: int, container: str, n_bits: int | None) -> None:
        import soundfile

        self._n_bits = n_bits
        subtype = SUBTYPES.get(container, f"PCM_{n_bits}")
        try:
            self._file = soundfile.SoundFile(
                path, "w", rate, n_channels, subtype, format=container.upper(), **QUALITY[container]
            )
        except soundfile.LibsndfileError as error:
            raise AudioError(
                f"{container} cannot hold {n_channels} channels at {rate} Hz: choose wav"
            ) from error

    def write(self, frames: NDArray[np.int32] | NDArray[np.float32]) -> None:
        """Appends frames [n, C]; integers are left-justified here, so that libsndfile does not rescale them."""
        if self._n_bits is not None:
            frames = frames << (32 - self._n_bits)
        for start in range(0, len(frames), N_BLOCK_FRAMES):
            self._file.write(frames[start : start + N_BLOCK_FRAMES])

    def __enter__(self) -> SoundFileSink:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()
