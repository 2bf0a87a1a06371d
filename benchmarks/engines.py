"""Every model on every engine, and what streaming costs above the bare network."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from statistics import median

import numpy as np

from benchmarks.material import random_htdemucs
from benchmarks.results import Section
from benchmarks.separation import Bench
from benchmarks.stand_ins import BUILDER, STAND_INS, write_stand_in
from cli.output import three_digits
from mixassist.runtime import Artifact, open_session
from mixassist.runtime.bench import BenchOptions, BenchRow, bench_model
from mixassist.runtime.doors.nvidia import probe_nvidia
from mixassist.runtime.stepper import Stepper, open_stepper
from mixassist.runtime.streaming.stream import Stream, open_stream

BLOCK = 64
"""The block in frames at which engines are compared: 1.3 ms at 48 kHz."""

STREAM_THREADS, SEGMENT_THREADS = 1, 2
"""What each kind is used with: more than one thread seldom makes short blocks faster."""


@dataclass(frozen=True)
class Subject:
    """A model to measure, what to call it, and how."""

    name: str
    artifact: Artifact
    options: BenchOptions


def engines(bench: Bench) -> Section:
    """Time per block, or per segment, of every model on every engine."""
    measured = {subject.name: _measure(subject) for subject in _subjects(bench)}
    columns = ("model", "engine", "block", "median, ms", "p95", "p99", "max", "misses", "× real time")
    rows = [_cells(name, row, _torch_ms(found, row)) for name, found in measured.items() for row in found if row.block]
    return Section(
        "Engines",
        "python -m benchmarks --only engines",
        (*columns, "**× torch**", "latency", "null, dB"),
        [*rows, *_unmeasured(measured)],
        "Runs one after the other, every engine in a process of its own. Stand-ins (random weights, see"
        f" benchmarks/stand_ins.py) and other streams: {STREAM_THREADS} thread, blocks in frames, states carried;"
        f" separators: {SEGMENT_THREADS} threads, one segment, transforms not included. A miss is a run that took"
        " longer than its sound lasts; × torch is torch's median, eager, float32 on this CPU, over this one; latency"
        " is the network's own, in samples; the null is the distance to the golden pair.",
    )


def streams(bench: Bench) -> Section:
    """What a stream adds to each block of the bare network."""
    names = _stand_in_names(bench)
    rows = []
    for name in names:
        artifact = write_stand_in(name, bench.folder / "stand-ins")
        block = max(BLOCK, artifact.spec.block_multiple)
        session = open_session(artifact, "onnxruntime", n_threads=1, device="cpu", n_frames=block)
        with_stream, bare = _in_turn(open_stream(session, block), open_stepper(session, block), bench.is_quick)
        added = [1e6 * (a - b) for a, b in zip(with_stream, bare, strict=True)]
        times = (1e6 * median(with_stream), 1e6 * median(bare), median(added))
        rows.append((name, str(block), *(f"{value:.1f}" for value in times)))
    return Section(
        "Streams",
        "python -m benchmarks --only streams",
        ("model", "block", "stream, µs", "bare network, µs", "**added, µs**"),
        rows,
        "`Stream.process` at the model's own rate against a step of the same ONNX Runtime session, bound, one thread,"
        " in turn: medians, and the median of the differences.",
    )


def _stand_in_names(bench: Bench) -> Sequence[str]:
    return ("conv-stack-16",) if bench.is_quick else tuple(STAND_INS)


def _subjects(bench: Bench) -> Iterator[Subject]:
    """The separators, then the stand-ins; the quick form leaves out what takes long."""
    from separation.catalogue import NETWORKS, find_model, frames_per_run

    asked = BenchOptions(blocks=(BLOCK,), seconds=0.05) if bench.is_quick else BenchOptions()
    models = ["lite"] if bench.is_quick else ["lite", str(random_htdemucs(bench.folder) / "htdemucs.yaml")]
    for model in models:
        found = find_model(model)
        (artifact,) = found.artifacts
        _, builder = NETWORKS[artifact.spec.kind]
        options = replace(asked, segment=frames_per_run(artifact), torch_builder=builder, n_threads=SEGMENT_THREADS)
        yield Subject(found.name, artifact, options)
    for name in _stand_in_names(bench):
        artifact = write_stand_in(name, bench.folder / "stand-ins")
        yield Subject(name, artifact, replace(asked, torch_builder=BUILDER, n_threads=STREAM_THREADS))


def _measure(subject: Subject) -> tuple[BenchRow, ...]:
    """Rows of all candidates; where there is a GPU, torch's eager run on it as well, the one to beat there."""
    found = bench_model(subject.artifact, subject.options, print)
    if probe_nvidia() is None:
        return found
    eager = replace(subject.options, engine="torch", precision="fp32", device="cuda", is_bound=False)
    return (*found, *(replace(row, engine="torch eager") for row in bench_model(subject.artifact, eager, print)))


def _torch_ms(rows: Sequence[BenchRow], row: BenchRow) -> float | None:
    """torch's median on the CPU at the block of `row`."""
    face = ("torch", "fp32", "cpu", row.block)
    return next((r.median_ms for r in rows if (r.engine, r.precision, r.device, r.block) == face), None)


def _cells(name: str, row: BenchRow, torch_ms: float | None) -> tuple[str, ...]:
    face = (name, str(row.candidate), str(row.block))
    if row.median_ms is None:
        return (*face, row.error or "", *[""] * 8)
    numbers = (row.median_ms, row.p95_ms, row.p99_ms, row.max_ms, row.times_real_time)
    *times, speed = (three_digits(number or 0) for number in numbers)
    ratio = "" if torch_ms is None else f"{torch_ms / row.median_ms:.2f}"
    null = f"{row.null_db:.0f}{'' if row.is_right else ' (too far)'}"
    misses = f"{row.n_misses} of {row.n_blocks}"
    return (*face, *times, misses, speed, ratio, str(row.latency_samples), null)


def _unmeasured(measured: dict[str, tuple[BenchRow, ...]]) -> Iterator[tuple[str, ...]]:
    """A row for each engine that cannot run here at all, with the reason: no figure is ever guessed."""
    rows = sorted(
        (
            (str(row.candidate), (row.error or "").split(":")[0], name)
            for name, found in measured.items()
            for row in found
            if row.block is None
        )
    )
    for (candidate, reason), same in groupby(rows, key=lambda row: row[:2]):
        models = [name for _, _, name in same]
        model = "all" if len(models) == len(measured) else ", ".join(models)
        yield (model, candidate, "", f"unmeasured ({reason})", *[""] * 8)


def _in_turn(stream: Stream, stepper: Stepper, is_quick: bool) -> tuple[list[float], list[float]]:
    """Seconds of each block through the stream and of each bare step, in turn, so that both meet the same noise."""
    n_pairs = 50 if is_quick else 5000
    block = (0.2 * np.random.default_rng(0).standard_normal((1, stream.host.block))).astype(np.float32)
    for array in stepper.inputs.values():
        array[:] = block
    runs: tuple[Callable[[], object], ...] = (partial(stream.process, block), stepper.step)
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(n_pairs):
        for found_s, run in zip(times, runs, strict=True):
            start_s = time.perf_counter()
            run()
            found_s.append(time.perf_counter() - start_s)
    return times
