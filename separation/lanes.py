"""Separates a stream of blocks: song frames in, stem frames out, memory as large as a few segments.

Task: drive every network of a model over the song at once. A lane is one network at one time shift; each lane runs
as soon as its next chunk's samples have come, and the lanes' answers are averaged where all of them are ready.

Conventions: blocks are [C, n] at the model's rate, already normalised; the yield is [S, C, n] in song order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import OptionError
from separation.chunks import Chunk, ChunkPlan, OverlapAdder, SongWindow
from separation.live.lane import LiveLane, LiveNetwork
from separation.model import Member, Network, SourceModel
from separation.stem_queue import StemQueue

Floats = NDArray[np.float32]

MAX_OVERLAP = 0.9
MAX_SHIFT_S = 0.5
"""Longest random shift, as in demucs."""


@dataclass(frozen=True)
class LaneOptions:
    """How a model is led over a song: chunk overlap, number of random shifts, their seed, chunks per network run."""

    overlap: float = 0.25
    shifts: int = 0
    seed: int = 0
    batch: int = 1

    def __post_init__(self) -> None:
        if not 0 <= self.overlap <= MAX_OVERLAP:
            raise OptionError(f"--overlap is {self.overlap:g}: it must lie between 0 and {MAX_OVERLAP}")
        if self.shifts < 0 or self.seed < 0 or self.batch < 1:
            given = f"--shifts {self.shifts}, --seed {self.seed}, batch {self.batch}"
            raise OptionError(f"{given}: shifts and seed start at 0, batch at 1")


class Lane(Protocol):
    """One network at one shift, walking along the song; `ready` holds its stems until they are averaged."""

    plan: ChunkPlan
    ready: StemQueue

    @property
    def needs_from(self) -> int:
        """First song frame that the network will still read."""
        ...

    def advance(self, window: SongWindow, on_frames: Callable[[int], None]) -> None:
        """Runs all chunks whose samples are there."""
        ...


class ChunkLane:
    """The lane of a network of segments."""

    def __init__(
        self, network: Network, plan: ChunkPlan, indices: Sequence[int], weights: Sequence[float], batch: int
    ) -> None:
        self.plan = plan
        self.ready = StemQueue(weights)
        self._network = network
        self._stem_indices = [indices[row] for row in self.ready.rows]
        self._chunks = list(plan)
        self._batch = batch if plan.is_padded else 1
        self._adder = OverlapAdder(plan)

    @property
    def needs_from(self) -> int:
        return self._chunks[0].read_start if self._chunks else self.plan.n_frames

    def advance(self, window: SongWindow, on_frames: Callable[[int], None]) -> None:
        while batch := self._next_batch(window):
            for chunk, output in zip(batch, self._run(window, batch), strict=True):
                self.ready.push(self._adder.add(chunk, output))
                on_frames(min(self.plan.stride, chunk.n_frames))

    def _next_batch(self, window: SongWindow) -> list[Chunk]:
        batch = self._chunks[: self._batch]
        if not batch:
            return []
        last_read = batch[-1].read_start + self.plan.read_length(batch[-1])
        if window.end < min(last_read, self.plan.n_frames):
            return []
        del self._chunks[: len(batch)]
        return batch

    def _run(self, window: SongWindow, batch: list[Chunk]) -> list[Floats]:
        mixes = np.stack([window.read(chunk.read_start, self.plan.read_length(chunk)) for chunk in batch])
        outputs = self._network(mixes, self._stem_indices)
        cuts = [chunk.start - chunk.read_start for chunk in batch]
        return [out[..., cut : cut + chunk.n_frames] for out, cut, chunk in zip(outputs, cuts, batch, strict=True)]


def plan_lanes(model: SourceModel, stems: Sequence[str], n_frames: int, options: LaneOptions) -> list[Lane]:
    """One lane per shift of each network that the wanted stems need."""
    generator = np.random.default_rng(options.seed)
    max_shift = int(MAX_SHIFT_S * model.rate)
    indices = [model.stems.index(stem) for stem in stems]
    lanes: list[Lane] = []
    for member in model.members_for(stems):
        for _ in range(max(options.shifts, 1)):
            lead = int(generator.integers(0, max_shift + 1)) if options.shifts else 0
            lanes.append(_plan_lane(member, indices, (n_frames, lead), options))
    return lanes


def _plan_lane(member: Member, indices: Sequence[int], place: tuple[int, int], options: LaneOptions) -> Lane:
    """The lane of one network; `place` is the song's length and the lead, in frames."""
    network, (n_frames, lead) = member.network, place
    weights = [member.weights[index] for index in indices]
    if isinstance(network, LiveNetwork):
        return LiveLane(network, ChunkPlan(n_frames, network.segment, 0.0, lead, False), indices, weights)
    plan = ChunkPlan(n_frames, network.segment, options.overlap, lead, network.is_padded)
    return ChunkLane(network, plan, indices, weights, options.batch)


def run_lanes(
    blocks: Iterable[Floats], lanes: Sequence[Lane], on_frames: Callable[[int], None] = lambda n_frames: None
) -> Iterator[Floats]:
    """Yields the stems [S, C, n] of the song's `blocks` [C, n], averaged over the lanes.

    `on_frames` hears how many song frames one lane has finished; over all lanes they sum to `total_frames(lanes)`.
    """
    total = np.sum([lane.ready.weights for lane in lanes], axis=0)[:, None, None]
    window = SongWindow()
    for block in blocks:
        window.push(block)
        for lane in lanes:
            lane.advance(window, on_frames)
        window.forget(min(lane.needs_from for lane in lanes))
        n_ready = min(len(lane.ready) for lane in lanes)
        if n_ready:
            yield np.sum([lane.ready.take(n_ready) for lane in lanes], axis=0) / total


def total_frames(lanes: Sequence[Lane]) -> int:
    """Song frames that all lanes together will report to `on_frames`."""
    return sum(min(lane.plan.stride, chunk.n_frames) for lane in lanes for chunk in lane.plan)
