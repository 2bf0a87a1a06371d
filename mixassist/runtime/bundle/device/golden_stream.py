"""`GoldenStream`: sound that went through a model's whole stream where the bundle was made, and what came out.

Task: show that not only the network but all around it, transforms, controls, synthesis, does here what it did there.
Conventions: arrays are [C, T] at the model's own rate, in blocks of `BLOCK`.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.live_desk import BlockProcess
from mixassist.errors import ModelError

FILE = "stream.npz"
BLOCK = 128
SECONDS = 1.0
TOLERANCE = 1e-5
"""Of full scale, -100 dB: in float32, what other orders of addition may change."""


@dataclass(frozen=True)
class GoldenStream:
    """What was heard and what was played; a stream must come within `tolerance` of it, sample for sample."""

    heard: Samples
    played: Samples
    tolerance: float = TOLERANCE

    def distance(self, process: BlockProcess) -> float:
        """The largest difference between what was played and what `process`, just opened, plays now."""
        return float(np.abs(play(process, self.heard) - self.played).max())

    def write(self, path: Path) -> None:
        """Writes it as a file that `read_golden_stream` reads."""
        np.savez_compressed(path, heard=self.heard, played=self.played, tolerance=np.array(self.tolerance))


def read_golden_stream(path: Path) -> GoldenStream:
    """The golden stream in a file.

    Raises:
        ModelError: when it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return GoldenStream(arrays["heard"], arrays["played"], float(arrays["tolerance"]))
    except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} cannot be read ({error}): copy the bundle again") from error


def play(process: BlockProcess, heard: Samples) -> Samples:
    """What `process` makes of `heard` [C, T], T a multiple of `BLOCK`."""
    blocks = [process.process(heard[:, at : at + BLOCK].copy()).copy() for at in range(0, heard.shape[1], BLOCK)]
    return np.concatenate(blocks, axis=1)


def plucked_notes(n_channels: int, rate: int, seconds: float = SECONDS) -> Samples:
    """Plucked notes over a little noise [C, T], seeded: something for every model, with silence at its end."""
    n_frames = round(seconds * rate) // BLOCK * BLOCK
    times = np.arange(n_frames) / rate
    sound = np.random.default_rng(0).standard_normal((n_channels, n_frames)) * 0.003
    for index, pitch_hz in enumerate((220.0, 277.2, 329.6, 440.0)):
        since = times - 0.2 * seconds * index
        level = np.where(since >= 0, np.exp(-4 * np.maximum(since, 0)) * (1 - np.exp(-200 * np.maximum(since, 0))), 0)
        for harmonic in range(1, 7):
            sound += 0.2 / harmonic**1.5 * level * np.sin(2 * np.pi * harmonic * pitch_hz * since)
    sound[:, round(0.9 * n_frames) :] = 0
    if n_channels > 1:
        sound[1] *= 0.7
    return sound.astype(np.float32)
