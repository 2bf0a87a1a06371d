"""`mixassist model`: which models there are, what they are, and whether they are sound and fast on this machine.

Whatever they are for: separators, timbres and amps.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.bench import bench
from cli.output import JSON_HELP, print_json, print_table, say
from mixassist.errors import OptionError

if TYPE_CHECKING:
    from mixassist.runtime.artifact import Artifact
    from mixassist.runtime.choice import Row

app = typer.Typer(help="Models: list, describe, check, measure, export and fetch them.", no_args_is_help=True)
app.command("bench", epilog="Example: mixassist model bench lite")(bench)

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="A model's name or path.")]


@app.command("list", epilog="Example: mixassist model list")
def list_models(json: Json = False) -> None:
    """Show the models that can be named, what they are for, and which of them are on this machine."""
    from cli.models import known_models

    rows = tuple(known_models())
    if json:
        print_json({"models": [{"name": name, "family": family, "where": where} for name, family, where in rows]})
        return
    print_table("", ("model", "what", "where"), rows)


@app.command("info", epilog="Example: mixassist model info lite")
def info(model: ModelName, json: Json = False) -> None:
    """Show what a model is: what it is for, rate, licence, training, credits."""
    from cli.models import facts_of, find_named

    found = find_named(model)
    networks = [facts_of(artifact) for artifact in found.artifacts]
    if json:
        facts = {"name": found.name, "family": found.family, "stems": list(found.stems), "sha256": found.sha256}
        print_json({**facts, "networks": networks})
        return
    rows = [("what", found.family), *([("stems", ", ".join(found.stems))] if found.stems else [])]
    rows += [("sha256", found.sha256)]
    for network in networks:
        rows += [(key, _plain(value)) for key, value in network.items()]
    print_table(found.name, ("what", "value"), rows)


@app.command("check", epilog="Example: mixassist model check lite")
def check(model: ModelName, json: Json = False) -> None:
    """Replay a model's golden pair on every engine of this machine, and choose the fastest anew."""
    from cli.models import find_named, session_options
    from mixassist.runtime.choice import choose, forget

    rows: list[dict[str, Any]] = []
    table: list[tuple[str, ...]] = []
    for artifact in find_named(model).artifacts:
        options = session_options(artifact)
        forget(artifact, options)
        choice = choose(artifact, "auto", options, say)
        rows += [{"network": artifact.name, **row.to_dict()} for row in choice.rows]
        table += [_check_row(artifact.name, row) for row in choice.rows]
    if json:
        print_json({"model": model, "engines": rows})
        return
    print_table("", ("network", "engine", ">from reference, dB", ">ms per run", ">peak MB", "verdict"), table)


@app.command("export", epilog="Example: mixassist model export lite-live -o lite-live --precision fp16")
def export(
    model: ModelName,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="The folder to write.")],
    precision: Annotated[
        str | None, typer.Option(help="fp16 or bf16: a second graph beside the model's own, computed in 16 bits.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Replace a model that is there.")] = False,
    json: Json = False,
) -> None:
    """Write a model's folder for other programs: its ONNX graph, facts, credits and golden pair, checked.

    A model of several networks becomes a folder of folders.
    """
    from cli.models import find_named
    from mixassist.runtime.artifact import copy_artifact

    if output.exists() and not force:
        raise OptionError(f"{output} exists: name another folder, or pass --force to replace a model")
    artifacts = find_named(model).artifacts
    further = [_graph_in(artifact, precision) for artifact in artifacts]
    places = [output if len(artifacts) == 1 else output / artifact.name for artifact in artifacts]
    written = [copy_artifact(*each) for each in zip(artifacts, places, further, strict=True)]
    rows = [{"folder": str(copy.path), "files": sorted(path.name for path in copy.path.iterdir())} for copy in written]
    if json:
        print_json({"model": model, "networks": rows})
        return
    for row in rows:
        print(f"{row['folder']}: {', '.join(row['files'])}")


@app.command("fetch", epilog="Example: mixassist model fetch htdemucs")
def fetch(
    name: Annotated[str, typer.Argument(help="htdemucs, htdemucs_ft, htdemucs_6s, hdemucs_mmi or hf://owner/name.")],
    json: Json = False,
) -> None:
    """Download a model, resuming an interrupted download, and prepare it for this machine."""
    from cli.models import find_named

    found = find_named(name)
    if json:
        print_json(
            {"name": found.name, "sha256": found.sha256, "folders": [str(item.path) for item in found.artifacts]}
        )
        return
    for artifact in found.artifacts:
        say(f"{found.name} is ready: {artifact.path}")


def _check_row(network: str, row: Row) -> tuple[str, ...]:
    found = row.measurement
    not_chosen = "right, but slower" if found.is_right else found.summary
    verdict = "chosen" if row.is_chosen else not_chosen
    numbers = (found.null_db, None if found.seconds is None else 1000 * found.seconds, found.peak_memory_mb)
    return (network, str(found.candidate), *("" if n is None else f"{n:.0f}" for n in numbers), verdict)


def _graph_in(artifact: Artifact, precision: str | None) -> dict[str, bytes]:
    """A graph in 16 bits as a file by its name; none where none is asked for.

    Raises:
        ModelError: when the model has no graph to begin with.
        OptionError: for other precisions.
    """
    from mixassist.runtime.artifact import GRAPH
    from mixassist.runtime.half_precision import REDUCED, cast_graph

    if precision is None:
        return {}
    if precision not in REDUCED:
        raise OptionError(f"a graph in {precision} cannot be written: choose {' or '.join(sorted(REDUCED))}")
    return {f"model.{precision}.onnx": cast_graph(artifact.file(GRAPH), precision)}


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(_plain(item) for item in value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)
