"""`AudioBuffer`: samples and their rate, the one value that travels between the stations of the house."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import AudioError

Samples = NDArray[np.float32]
"""Samples of shape [C, T]: channels first, float32, full scale at ±1."""


@dataclass(frozen=True, eq=False)
class AudioBuffer:
    """Audio held in memory: `samples` [C, T] float32 at `rate` Hz.

    Raises:
        AudioError: for a wrong rank, no channel, no frame, a rate below 1 Hz, or NaN and infinite samples.
    """

    samples: Samples
    rate: int

    def __post_init__(self) -> None:
        samples = np.asarray(self.samples, dtype=np.float32)
        if samples.ndim != 2:
            raise AudioError(f"samples have {samples.ndim} axes: expected 2, [channels, frames]")
        if samples.size == 0:
            raise AudioError(f"samples have shape {samples.shape}: at least one channel and one frame are needed")
        if self.rate < 1:
            raise AudioError(f"sample rate is {self.rate} Hz: it must be at least 1 Hz")
        n_bad = int(samples.size - np.count_nonzero(np.isfinite(samples)))
        if n_bad:
            raise AudioError(f"{n_bad} of {samples.size} samples are NaN or infinite: export the file again")
        object.__setattr__(self, "samples", samples)

    @property
    def n_channels(self) -> int:
        return int(self.samples.shape[0])

    @property
    def n_frames(self) -> int:
        return int(self.samples.shape[1])

    @property
    def seconds(self) -> float:
        return self.n_frames / self.rate
