"""A song on file, heard as a stream: the lane of a live network.

Task: give `separation.lanes` the stems of a live network at the song's own time, through the very `LiveSeparator` that
runs on a stage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from mixassist.runtime import Session
from separation.chunks import ChunkPlan, SongWindow
from separation.live.separator import LiveSeparator
from separation.stem_queue import StemQueue

CHUNK_S = 5.0
"""A song goes in by pieces of this length, which is heard in nothing but the progress."""


class LiveNetwork:
    """A network that hears a song from its beginning on; the states of each song live in a separator of its own."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.segment = round(CHUNK_S * session.spec.rate)

    def open(self, stem_indices: Sequence[int]) -> LiveSeparator:
        """A stream of its own for the stems of these indices."""
        names = self.session.spec.options["stems"]
        return LiveSeparator(self.session, [names[index] for index in stem_indices])


class LiveLane:
    """One live network, walking along the song, `plan.lead` frames of silence before it."""

    def __init__(self, network: LiveNetwork, plan: ChunkPlan, indices: Sequence[int], weights: Sequence[float]) -> None:
        self.plan = plan
        self.ready = StemQueue(weights)
        self._separator = network.open([indices[row] for row in self.ready.rows])
        self._chunks = list(plan)
        self._n_early = plan.lead + self._separator.latency_samples

    @property
    def needs_from(self) -> int:
        return self._chunks[0].start if self._chunks else self.plan.n_frames

    def advance(self, window: SongWindow, on_frames: Callable[[int], None]) -> None:
        while self._chunks and self._chunks[0].start + self._chunks[0].n_frames <= window.end:
            chunk = self._chunks.pop(0)
            # Silence behind the song brings its end to light.
            n_behind = 0 if self._chunks else self._separator.latency_samples
            self._hear(window.read(chunk.start, chunk.n_frames + n_behind))
            on_frames(min(self.plan.stride, chunk.n_frames))

    def _hear(self, mix: NDArray[np.float32]) -> None:
        """Goes on by `mix` [C, n]; what comes out before the song's first frame is dropped."""
        stems = self._separator.process(mix).stems
        n_dropped = min(self._n_early, stems.shape[-1])
        self._n_early -= n_dropped
        self.ready.push(stems[..., n_dropped:])
