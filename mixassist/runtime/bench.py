"""How fast a model is on each engine of this machine, block by block or segment by segment.

Every engine is measured in a process of its own (`mixassist.runtime.bench_process`), one after the other, with its
distance to the golden pair beside its speed: a fast engine that is wrong is of no use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from mixassist.errors import OptionError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.candidates import Candidate, candidates_for
from mixassist.runtime.child_process import ask_module
from mixassist.runtime.engines import SessionOptions, find_engine, why_unusable
from mixassist.runtime.session_words import words_of
from mixassist.runtime.spec import ModelSpec
from mixassist.runtime.streaming.channels import INPUT, OUTPUT

Notify = Callable[[str], None]

LIMIT_S = 900
"""A measurement that has not ended by then is given up; an engine may compile for minutes."""


@dataclass(frozen=True)
class BenchOptions:
    """What to measure: candidates that `engine`, `precision` and `device` allow (`auto`: what `auto` would consider).

    A network that goes on block by block is run in `blocks` of frames, rounded up to what it takes. Any other runs on
    its golden inputs, which hold `segment` frames of sound. Each is run for `seconds`. Where `is_bound` is False, they
    go through `Session.run` instead of a stepper: what an engine does when it is not prepared for a block length. A
    network that is told of `hop` samples in each of its frames, and streams, is run a frame at a time.

    Raises:
        OptionError: for an empty block, hop or segment, or no time at all.
    """

    blocks: tuple[int, ...] = (64, 128, 256)
    segment: int | None = None
    engine: str = "auto"
    precision: str = "auto"
    device: str = "auto"
    n_threads: int = 1
    torch_builder: str | None = None
    seconds: float = 2.0
    is_bound: bool = True
    hop: int = 1

    def __post_init__(self) -> None:
        for n_frames in (*self.blocks, self.segment, self.hop):
            if n_frames is not None and n_frames < 1:
                raise OptionError(f"a block of {n_frames} frames cannot be measured: at least 1 is needed")
        if not self.blocks:
            raise OptionError("no block is given to measure: give at least one")
        if self.seconds <= 0:
            raise OptionError(f"seconds is {self.seconds:g}: a measurement takes time")


@dataclass(frozen=True)
class BenchRow:
    """One engine at one block: times per run, and how many runs took longer than their sound lasts (`n_misses`).

    `block` is the frames of sound per run and `budget_ms` how long they last. `latency_samples` is what the network
    itself declares. `null_db` is the distance to the golden outputs, to be at most `limit_db`. Where there are no
    numbers, `error` says why.
    """

    engine: str
    precision: str
    device: str
    block: int | None = None
    latency_samples: int = 0
    n_blocks: int = 0
    n_misses: int = 0
    median_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    max_ms: float | None = None
    budget_ms: float | None = None
    null_db: float | None = None
    limit_db: float | None = None
    error: str | None = None

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.engine, self.precision, self.device)

    @property
    def times_real_time(self) -> float | None:
        """Duration of a block over the median time it takes; None where nothing was measured."""
        return self.budget_ms / self.median_ms if self.budget_ms and self.median_ms else None

    @property
    def is_right(self) -> bool:
        """Whether the engine came as near to the reference as it has to."""
        return self.null_db is not None and self.limit_db is not None and self.null_db <= self.limit_db

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"times_real_time": self.times_real_time}


def bench_model(
    artifact: Artifact, options: BenchOptions, notify: Notify = lambda message: None
) -> tuple[BenchRow, ...]:
    """A row for each candidate and block; a single one, with the reason, for a candidate that cannot run here.

    `notify` is called with one line before each measurement.

    Raises:
        OptionError: when no engine, precision or device has that name, or the length of a segment is missing.
    """
    return tuple(_rows(artifact, options, notify))


def blocks_of(spec: ModelSpec, options: BenchOptions) -> tuple[int, ...]:
    """The lengths to measure in frames: blocks as the network takes them, or the one segment.

    Raises:
        OptionError: when the network takes segments and the options do not say how long they are.
    """
    if is_streaming(spec) or spec.states:
        multiple = spec.block_multiple * options.hop
        return tuple(dict.fromkeys(-(-block // multiple) * multiple for block in options.blocks))
    if options.segment is None:
        raise OptionError(f"a network of kind {spec.kind} does not stream: say how many frames its segment has")
    return (options.segment,)


def is_streaming(spec: ModelSpec) -> bool:
    """Whether the network runs in blocks of any length, from one stream of audio to one other.

    One that has states all the same goes on block by block, in runs of its own length: a separator of live sound.
    """
    return [tensor.name for tensor in spec.sounds + spec.outputs] == [INPUT, OUTPUT]


def _rows(artifact: Artifact, options: BenchOptions, notify: Notify) -> Iterator[BenchRow]:
    spec = artifact.spec
    blocks = blocks_of(spec, options)
    asked = SessionOptions(options.precision, options.n_threads, options.torch_builder, device=options.device)
    for candidate in candidates_for(options.engine, options.precision, options.device):
        face = BenchRow(candidate.engine, candidate.precision, candidate.device, latency_samples=spec.latency_samples)
        this = replace(asked, precision=candidate.precision, device=candidate.device)
        reason = why_unusable(find_engine(candidate.engine), artifact, this)
        if reason is not None:
            yield replace(face, error=reason)
            continue
        for block in blocks:
            notify(f"measuring {artifact.name} on {candidate} in blocks of {block}")
            report = ask_module("mixassist.runtime.bench_process", _words(artifact, candidate, block, options), LIMIT_S)
            yield replace(face, block=block, **report)


def _words(artifact: Artifact, candidate: Candidate, block: int, options: BenchOptions) -> list[str]:
    asked = SessionOptions(
        candidate.precision,
        options.n_threads,
        options.torch_builder,
        device=candidate.device,
        use_graphs=options.is_bound,
    )
    words = words_of(artifact, candidate.engine, asked)
    return [*words, "--block", str(block), "--seconds", str(options.seconds), "--hop", str(options.hop)]
