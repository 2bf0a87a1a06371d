"""`Material`: recordings as a network learns from them: controls, the amplitudes that belong to them, and the sound.

Conventions: frame k of a take belongs to the end of hop k of its sound, which is delayed by the latency of the
controls, just as what is rendered will be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples
from transfer.controls import Controls, ControlStream
from transfer.instrument.analysis import analyse
from transfer.instrument.design import QUIETEST_DB, QUIETEST_SHAPE, RATE, Floats, InstrumentDesign, told_controls

FULL_WEIGHT_RANGE_DB = 40.0
"""Frames this far below the loudest of a take still count in full, and less and less below."""

SILENT_DB = -120.0
"""Loudness of the silence around a take."""


@dataclass(frozen=True)
class Take:
    """A recording in K frames: `sound` [K hop], pitch and loudness [K], `shapes` [n_shapes, K], `weights` [K]."""

    sound: NDArray[np.float32]
    f0_hz: NDArray[np.float32]
    loudness_db: NDArray[np.float32]
    shapes: NDArray[np.float16]
    weights: NDArray[np.float32]

    @property
    def n_frames(self) -> int:
        return self.f0_hz.size


def prepare(sound: Samples, design: InstrumentDesign) -> Take:
    """The take of a recording [1, T] at 48 kHz."""
    stream = ControlStream(RATE)
    latency, hop = stream.latency_samples, design.hop
    n_frames = -(-(sound.shape[1] + latency) // hop)
    delayed = np.zeros(n_frames * hop, np.float32)
    delayed[latency : latency + sound.shape[1]] = sound[0]
    heard = np.pad(sound, ((0, 0), (0, n_frames * hop - sound.shape[1])))
    controls = stream.process(heard)
    centres = (np.arange(n_frames) + 1) * hop
    found = analyse(delayed, controls.f0_hz, centres, design)
    both = np.concatenate([found.partials, found.bands], axis=1).T
    return Take(
        delayed,
        controls.f0_hz.astype(np.float32),
        controls.loudness_db.astype(np.float32),
        _shapes(both, controls.loudness_db),
        _weights(controls),
    )


def _shapes(amplitudes: Floats, loudness_db: Floats) -> NDArray[np.float16]:
    level = 10 ** (np.maximum(loudness_db, QUIETEST_DB) / 20)
    return np.log(np.maximum(amplitudes / level, np.exp(QUIETEST_SHAPE - 1))).astype(np.float16)


def _weights(controls: Controls) -> NDArray[np.float32]:
    """How much each frame counts: 1 for what is well heard, falling by half with each 10 dB below."""
    below_db = controls.loudness_db.max() - FULL_WEIGHT_RANGE_DB - controls.loudness_db
    weights = np.where(controls.loudness_db > QUIETEST_DB, 0.5 ** np.maximum(below_db / 10, 0), 0.0)
    return weights.astype(np.float32)


@dataclass(frozen=True)
class Crop:
    """A passage of a take in frames; the first `n_before` are only there to be remembered, and count for nothing."""

    told: NDArray[np.float32]
    f0_hz: NDArray[np.float32]
    loudness_db: NDArray[np.float32]
    shapes: NDArray[np.float16]
    weights: NDArray[np.float32]
    sound: NDArray[np.float32]
    n_before: int


class Material:
    """All takes, from which passages are drawn; longer takes are drawn from more often."""

    def __init__(self, takes: Iterable[Take]) -> None:
        self.takes = tuple(takes)
        lengths = np.array([take.n_frames for take in self.takes], np.float64)
        self._chances = lengths / lengths.sum()

    def draw(self, rng: np.random.Generator, n_frames: int, n_before: int) -> Crop:
        """A passage of `n_frames` and `n_before` more; silence lies before a take, and behind one that is too short."""
        take = self.takes[int(rng.choice(len(self.takes), p=self._chances))]
        n_whole = n_before + n_frames
        first = int(rng.integers(-n_before, max(take.n_frames - n_whole, -n_before) + 1))
        return _cut(take, first, n_whole, n_before)

    def save(self, path: Path) -> None:
        """Keeps the takes in one file, for a training to go on from."""
        arrays = {f"{name}.{index}": getattr(take, name) for index, take in enumerate(self.takes) for name in _FIELDS}
        with path.open("wb") as file:
            np.savez(file, **arrays)


def _cut(take: Take, first: int, n_whole: int, n_before: int) -> Crop:
    """`n_whole` frames of a take from `first` on, which may lie before it."""
    inside = slice(max(first, 0), max(first, 0) + n_whole + min(first, 0))
    n_ahead = max(-first, 0)
    n_behind = n_whole - n_ahead - len(take.f0_hz[inside])
    around = (n_ahead, n_behind)
    hop = take.sound.size // take.n_frames
    f0_hz = np.pad(take.f0_hz[inside], around, mode="edge")
    loudness_db = np.pad(take.loudness_db[inside], around, constant_values=SILENT_DB)
    weights = np.pad(take.weights[inside], around)
    weights[:n_before] = 0
    return Crop(
        told_controls(f0_hz.astype(np.float64), loudness_db.astype(np.float64)),
        f0_hz,
        loudness_db,
        np.pad(take.shapes[:, inside], ((0, 0), around)),
        weights,
        np.pad(take.sound[inside.start * hop : inside.stop * hop], (n_ahead * hop, n_behind * hop))[n_before * hop :],
        n_before,
    )


def load_material(path: Path) -> Material:
    """The takes that `Material.save` kept."""
    with np.load(path, allow_pickle=False) as arrays:
        n_takes = len(arrays.files) // len(_FIELDS)
        return Material(Take(*(arrays[f"{name}.{index}"] for name in _FIELDS)) for index in range(n_takes))


_FIELDS = ("sound", "f0_hz", "loudness_db", "shapes", "weights")
