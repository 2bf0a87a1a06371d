"""Cuts a song into the overlapping chunks a network sees, and joins the answers with a triangular crossfade.

Task: run a network of fixed length over a song of any length, so that no seam is heard and memory stays flat.

Conventions: positions are song frames at the model's rate. A chunk covers [start, start + n_frames); the network
reads a whole segment around it, filled with the song's own neighbourhood on both sides and zeros beyond its ends.

References: the cuts, the context and the triangle are those of `demucs.apply.apply_model` (demucs 4.1.0), so that
the same weights give the same stems.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Chunk:
    """The part of the song one run of the network answers for, and the place it reads from."""

    start: int
    n_frames: int
    read_start: int


@dataclass(frozen=True)
class ChunkPlan:
    """All chunks of a song of `n_frames`, `lead` frames of silence before it (the shift trick).

    `is_padded` says whether a short last chunk is filled up to a whole segment with context (HTDemucs, lite)
    or given to the network as it is (HDemucs).
    """

    n_frames: int
    segment: int
    overlap: float = 0.25
    lead: int = 0
    is_padded: bool = True

    @property
    def stride(self) -> int:
        return int((1 - self.overlap) * self.segment)

    def __len__(self) -> int:
        return math.ceil((self.n_frames + self.lead) / self.stride)

    def __iter__(self) -> Iterator[Chunk]:
        for start in range(-self.lead, self.n_frames, self.stride):
            n_frames = min(self.segment, self.n_frames - start)
            missing = self.segment - n_frames if self.is_padded else 0
            yield Chunk(start, n_frames, start - missing // 2)

    def read_length(self, chunk: Chunk) -> int:
        return self.segment if self.is_padded else chunk.n_frames


def triangle(segment: int) -> Floats:
    """Crossfade weights [segment], rising to 1 in the middle and falling again, never 0."""
    half = segment // 2
    weights = np.concatenate([np.arange(1, half + 1), np.arange(segment - half, 0, -1)])
    return (weights / weights.max()).astype(np.float32)


class SongWindow:
    """The stretch of the song that chunks still need, [C, T], growing at its end and forgetting at its start."""

    def __init__(self) -> None:
        self._samples: Floats | None = None
        self._start = 0

    @property
    def end(self) -> int:
        return self._start + (0 if self._samples is None else self._samples.shape[1])

    def push(self, block: Floats) -> None:
        self._samples = block if self._samples is None else np.concatenate([self._samples, block], axis=1)

    def read(self, start: int, n_frames: int) -> Floats:
        """Frames [C, n_frames] from `start` on, zeros before the song's first and after its last frame."""
        assert self._samples is not None, "read before the first push"
        out = np.zeros((self._samples.shape[0], n_frames), dtype=np.float32)
        first, last = max(start, self._start), min(start + n_frames, self.end)
        if last > first:
            out[:, first - start : last - start] = self._samples[:, first - self._start : last - self._start]
        return out

    def forget(self, before: int) -> None:
        """Drops all frames before song frame `before`."""
        if self._samples is not None and before > self._start:
            self._samples = self._samples[:, before - self._start :].copy()
            self._start = before


class OverlapAdder:
    """Joins chunk outputs [S, C, n] into one stream; a frame is ready when no later chunk can touch it."""

    def __init__(self, plan: ChunkPlan) -> None:
        self._plan = plan
        self._weights = triangle(plan.segment)
        self._sum: Floats | None = None
        self._weight_sum: Floats = np.zeros(plan.segment, dtype=np.float32)

    def add(self, chunk: Chunk, output: Floats) -> Floats:
        """Takes the next chunk's output and gives back the frames [S, C, n] of the song that it made ready."""
        if self._sum is None:
            self._sum = np.zeros((*output.shape[:-1], self._plan.segment), dtype=np.float32)
        weights = self._weights[: chunk.n_frames]
        self._sum[..., : chunk.n_frames] += weights * output
        self._weight_sum[: chunk.n_frames] += weights
        is_last = chunk.start + self._plan.stride >= self._plan.n_frames
        n_ready = chunk.n_frames if is_last else self._plan.stride
        ready = self._sum[..., :n_ready] / self._weight_sum[:n_ready]
        _drop_front(self._sum, n_ready)
        _drop_front(self._weight_sum, n_ready)
        return ready[..., min(max(-chunk.start, 0), n_ready) :]


def _drop_front(array: Floats, n_frames: int) -> None:
    kept = array.shape[-1] - n_frames
    array[..., :kept] = array[..., n_frames:].copy()
    array[..., kept:] = 0
