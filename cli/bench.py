"""`mixassist model bench`: how fast a model is on each engine of this machine."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.machine import ENGINES_HELP
from cli.output import JSON_HELP, print_json, print_table, say, three_digits
from mixassist.errors import OptionError

if TYPE_CHECKING:
    from mixassist.runtime.artifact import Artifact
    from mixassist.runtime.bench import BenchOptions, BenchRow

COLUMNS = ("engine", ">block", ">median", ">p95", ">p99", ">max", ">late", ">×", ">null")
"""So short that a terminal of 80 columns shows them."""


def bench(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A model's name or path.")],
    block: Annotated[str, typer.Option(help="Frames per block, for models that stream.")] = "64,128,256",
    engine: Annotated[str, typer.Option(help=f"auto (all), {ENGINES_HELP}.")] = "auto",
    precision: Annotated[str, typer.Option(help="auto, fp32, bf16 or fp16.")] = "auto",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads per engine.")] = 1,
    seconds: Annotated[float, typer.Option(help="How long each engine is measured at each block.")] = 2.0,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Time a model on every engine: per block where it streams, per segment where it does not.

    A late run took longer than its sound lasts; the null is the distance to the golden pair.
    """
    from mixassist.runtime.bench import BenchOptions

    options = BenchOptions(
        blocks=_lengths(block), engine=engine, precision=precision, device=device, n_threads=threads, seconds=seconds
    )
    measured = {artifact.name: _rows(artifact, options) for artifact in _artifacts(model)}
    if json:
        rows = [{"network": name, **row.to_dict()} for name, found in measured.items() for row in found]
        print_json({"model": model, "rows": rows})
        return
    for name, found in measured.items():
        print_table(
            f"{name}: ms per block, × real time, null in dB",
            COLUMNS,
            [_cells(row) for row in found if row.error is None],
        )
        for line in (*_wrong(found), *_unmeasured(found)):
            say(line)


def _lengths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(word) for word in text.split(","))
    except ValueError as error:
        raise OptionError(f"--block {text} is no list of frames: give numbers with commas, such as 64,128") from error


def _artifacts(model: str) -> Sequence[Artifact]:
    """The networks of a model; any folder with a manifest is one, whatever its kind."""
    from cli.models import find_named
    from mixassist.runtime.artifact import MANIFEST, load_artifact

    if (Path(model) / MANIFEST).is_file():
        return (load_artifact(Path(model)),)
    return find_named(model).artifacts


def _rows(artifact: Artifact, options: BenchOptions) -> Sequence[BenchRow]:
    from dataclasses import replace

    from cli.models import samples_per_frame, torch_builder
    from mixassist.runtime.bench import bench_model
    from separation.catalogue import BUILDERS, frames_per_run

    segment = frames_per_run(artifact) if artifact.spec.kind in BUILDERS else None
    builder, hop = torch_builder(artifact), samples_per_frame(artifact)
    return bench_model(artifact, replace(options, segment=segment, torch_builder=builder, hop=hop), say)


def _cells(row: BenchRow) -> tuple[str, ...]:
    null = f"{row.null_db or 0:.0f}{'' if row.is_right else '!'}"
    numbers = (row.median_ms, row.p95_ms, row.p99_ms, row.max_ms, row.times_real_time)
    *times, speed = (three_digits(number or 0) for number in numbers)
    return (str(row.candidate), str(row.block), *times, str(row.n_misses), speed, null)


def _wrong(rows: Sequence[BenchRow]) -> list[str]:
    """A line for each engine whose speed is of no use."""
    wrong = {
        str(row.candidate): f"{row.null_db:.1f} dB from the golden pair, {row.limit_db:.0f} dB or less is asked for"
        for row in rows
        if row.error is None and not row.is_right
    }
    return [f"never chosen: {candidate}: {reason}" for candidate, reason in wrong.items()]


def _unmeasured(rows: Sequence[BenchRow]) -> list[str]:
    """A line for each reason why something has no numbers, and all that it holds for."""
    reasons: dict[str, dict[str, None]] = {}
    for row in rows:
        if row.error is not None:
            where = "" if row.block is None else f" at {row.block}"
            reasons.setdefault(row.error, {})[f"{row.candidate}{where}"] = None
    return [f"not measured: {', '.join(candidates)}: {reason}" for reason, candidates in reasons.items()]
