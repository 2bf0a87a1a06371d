"""`mixassist model`: which models there are, what they are, and whether they are sound and fast on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.bench import bench
from cli.machine import n_cores
from cli.output import JSON_HELP, print_json, print_table, say

if TYPE_CHECKING:
    from mixassist.runtime.choice import Row
    from separation.catalogue import FoundModel

app = typer.Typer(help="Models: list, describe, check, measure and fetch them.", no_args_is_help=True)
app.command("bench", epilog="Example: mixassist model bench lite")(bench)

Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
ModelName = Annotated[str, typer.Argument(metavar="MODEL", help="A model's name or path.")]


@app.command("list", epilog="Example: mixassist model list")
def list_models(json: Json = False) -> None:
    """Show the models that can be named, and which of them are on this machine."""
    from separation.catalogue import HUB_MODELS, embedded_names, embedded_restorers, is_cached

    rows = [(name, "embedded in mixassist") for name in (*embedded_names(), *embedded_restorers())]
    rows += [(name, "on this machine" if is_cached(name) else "can be fetched") for name in HUB_MODELS]
    if json:
        print_json({"models": [{"name": name, "where": where} for name, where in rows]})
        return
    print_table("", ("model", "where"), rows)


@app.command("info", epilog="Example: mixassist model info lite")
def info(model: ModelName, json: Json = False) -> None:
    """Show what a model is: stems, rate, licence, training, credits."""
    found = _find(model)
    networks = _networks(found)
    if json:
        print_json({"name": found.name, "stems": list(found.stems), "sha256": found.sha256, "networks": networks})
        return
    rows = [("stems", ", ".join(found.stems)), ("sha256", found.sha256)]
    for network in networks:
        rows += [(key, _plain(value)) for key, value in network.items()]
    print_table(found.name, ("what", "value"), rows)


@app.command("check", epilog="Example: mixassist model check lite")
def check(model: ModelName, json: Json = False) -> None:
    """Replay a model's golden pair on every engine of this machine, and choose the fastest anew."""
    from mixassist.runtime.choice import choose, forget
    from mixassist.runtime.engines import SessionOptions
    from separation.catalogue import BUILDERS

    rows: list[dict[str, Any]] = []
    table: list[tuple[str, ...]] = []
    for artifact in _find(model).artifacts:
        options = SessionOptions("auto", n_cores(), BUILDERS[artifact.spec.kind], device="auto")
        forget(artifact, options)
        choice = choose(artifact, "auto", options, say)
        rows += [{"network": artifact.name, **row.to_dict()} for row in choice.rows]
        table += [_check_row(artifact.name, row) for row in choice.rows]
    if json:
        print_json({"model": model, "engines": rows})
        return
    print_table("", ("network", "engine", ">from reference, dB", ">ms per run", ">peak MB", "verdict"), table)


@app.command("fetch", epilog="Example: mixassist model fetch htdemucs")
def fetch(
    name: Annotated[str, typer.Argument(help="htdemucs, htdemucs_ft, htdemucs_6s, hdemucs_mmi or hf://owner/name.")],
    json: Json = False,
) -> None:
    """Download a model, resuming an interrupted download, and prepare it for this machine."""
    found = _find(name)
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


def _find(name: str) -> FoundModel:
    from separation.catalogue import find_model

    return find_model(name, notify=say)


def _networks(found: FoundModel) -> list[dict[str, Any]]:
    keys = ("name", "kind", "rate", "licence", "training", "credits")
    return [
        {"folder": str(artifact.path), **{key: artifact.manifest.get(key) for key in keys}}
        for artifact in found.artifacts
    ]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(_plain(item) for item in value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)
