"""`Material`: recordings as a network learns from them: controls, the amplitudes that belong to them, and the sound.

Conventions: frame k of a take belongs to the end of hop k of its sound, which is delayed by the latency of the
controls, just as what is rendered will be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.atomic import atomic_path
from mixassist.audio.buffer import Samples
from mixassist.errors import AudioError
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

    f0_hz: NDArray[np.float32]
    loudness_db: NDArray[np.float32]
    shapes: NDArray[np.float16]
    weights: NDArray[np.float32]
    sound: NDArray[np.float32]
    n_before: int

    def told(self, design: InstrumentDesign, shift_semitones: float = 0.0) -> NDArray[np.float32]:
        """What a network of this design is told, [N_CONTROLS, K], with the pitch so much too high."""
        f0_hz = self.f0_hz.astype(np.float64) * 2 ** (shift_semitones / 12)
        return told_controls(f0_hz, self.loudness_db.astype(np.float64), design.note_reach)


class Material:
    """The takes in a file of `write_material`, from which passages are drawn; longer takes are drawn from more often.

    Only what is drawn is read, so that memory does not grow with the recordings.
    """

    def __init__(self, path: Path) -> None:
        facts = json.loads(_facts(path).read_text(encoding="utf-8"))
        self._path, self._dtype = path, _frame_type(facts["hop"], facts["n_shapes"])
        self._lengths = np.array(facts["n_frames"])
        self._begins = np.cumsum(self._lengths) - self._lengths
        self._chances = self._lengths / self._lengths.sum()

    def takes(self) -> Iterator[Take]:
        """All takes, one after the other."""
        for index, length in enumerate(self._lengths):
            yield self._read(index, 0, int(length))

    def draw(self, rng: np.random.Generator, n_frames: int, n_before: int) -> Crop:
        """A passage of `n_frames` and `n_before` more; silence lies before a take, and behind one that is too short."""
        index = int(rng.choice(self._lengths.size, p=self._chances))
        n_whole, length = n_before + n_frames, int(self._lengths[index])
        first = int(rng.integers(-n_before, max(length - n_whole, -n_before) + 1))
        n_ahead = max(-first, 0)
        take = self._read(index, max(first, 0), min(first + n_whole, length))
        return _padded(take, n_ahead, n_whole - n_ahead - take.n_frames, n_before)

    def _read(self, index: int, begin: int, end: int) -> Take:
        """Frames `begin` to `end` of a take."""
        first = int(self._begins[index]) + begin
        frames = np.fromfile(self._path, self._dtype, end - begin, offset=first * self._dtype.itemsize)
        return Take(
            frames["sound"].ravel(), frames["f0_hz"], frames["loudness_db"], frames["shapes"].T, frames["weights"]
        )


def _padded(take: Take, n_ahead: int, n_behind: int, n_before: int) -> Crop:
    """A part of a take with so many frames of silence around it."""
    around = (n_ahead, n_behind)
    hop = take.sound.size // take.n_frames
    f0_hz = np.pad(take.f0_hz, around, mode="edge")
    loudness_db = np.pad(take.loudness_db, around, constant_values=SILENT_DB)
    weights = np.pad(take.weights, around)
    weights[:n_before] = 0
    return Crop(
        f0_hz,
        loudness_db,
        np.pad(take.shapes, ((0, 0), around)),
        weights,
        np.pad(take.sound, (n_ahead * hop, n_behind * hop))[n_before * hop :],
        n_before,
    )


def write_material(path: Path, takes: Iterable[Take]) -> Material:
    """The takes in a file, written one by one; what they are is told beside it, last, so that a file is whole or none.

    Raises:
        AudioError: when there is no take.
    """
    lengths, facts = [], {}
    with path.open("wb") as file:
        for take in takes:
            facts = {"hop": take.sound.size // take.n_frames, "n_shapes": len(take.shapes)}
            frames = np.empty(take.n_frames, _frame_type(**facts))
            for name in ("f0_hz", "loudness_db", "weights"):
                frames[name] = getattr(take, name)
            frames["sound"], frames["shapes"] = take.sound.reshape(len(frames), -1), take.shapes.T
            frames.tofile(file)
            lengths.append(take.n_frames)
    if not lengths:
        raise AudioError("there is nothing to learn from: give recordings")
    with atomic_path(_facts(path)) as temporary:
        temporary.write_text(json.dumps({**facts, "n_frames": lengths}) + "\n", encoding="utf-8")
    return Material(path)


def has_material(path: Path) -> bool:
    """Whether a file holds takes, all of them."""
    return _facts(path).is_file()


def _facts(path: Path) -> Path:
    return path.with_suffix(".json")


def _frame_type(hop: int, n_shapes: int) -> np.dtype[np.void]:
    """What a file keeps of a frame."""
    return np.dtype(
        [
            ("sound", "<f4", (hop,)),
            ("f0_hz", "<f4"),
            ("loudness_db", "<f4"),
            ("shapes", "<f2", (n_shapes,)),
            ("weights", "<f4"),
        ]
    )
