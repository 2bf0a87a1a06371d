"""`make_bundle`: a folder that plays models without mixassist being installed.

    manifest.json, SHA256SUMS    what there is, and the sha256 of every file
    models/ID/                   the artifact (graph in float32 and float16, golden pair), golden stream, cards
    lib/                         the very modules of this house that the streams need, and nothing else
    *.py, *.sh, systemd/, ...    the programs of the device, and how they are installed

It appears complete or not at all.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mixassist.audio.atomic import disk_errors
from mixassist.errors import ModelError, OptionError
from mixassist.runtime.artifact import GOLDEN as GOLDEN_PAIR
from mixassist.runtime.artifact import GRAPH, WEIGHTS, Artifact, ModelCard, save_artifact, staged
from mixassist.runtime.bundle.closure import house_modules, in_library
from mixassist.runtime.bundle.credits import credit_line, credits_page
from mixassist.runtime.bundle.device.golden_stream import BLOCK, FILE, GoldenStream, play, plucked_notes
from mixassist.runtime.bundle.device.manifest import MANIFEST, SCHEMA, Manifest, read_manifest
from mixassist.runtime.bundle.device.opening import Compute, Order, find_opener
from mixassist.runtime.bundle.device.rig import RIG, Rig
from mixassist.runtime.bundle.readme import readme
from mixassist.runtime.bundle.targets import Target
from mixassist.runtime.doors.tensorrt_ops import opset_of, unsupported_ops
from mixassist.runtime.half_precision import cast_graph, half_graph
from mixassist.runtime.streaming.plan import HostFormat

SUMS = "SHA256SUMS"
PROGRAMS = ("build_engine", "check", "bench", "live")
ENGINES = {"onnxruntime": "1.18", "tensorrt": "10.3"}
"""The oldest versions that our graphs run on."""

DEVICE = "mixassist.runtime.bundle.device"
ENTRIES = (
    *(f"{DEVICE}.{program}" for program in PROGRAMS),
    "mixassist.runtime.probe",
    "mixassist.runtime.doors.onnx_session",
    "mixassist.runtime.doors.onnx_tensorrt_session",
    "mixassist.runtime.doors.tensorrt_session",
)
"""What is loaded by its name, besides the modules that open models."""

_PROGRAM = '''#!/usr/bin/env python3
"""See README.md, or call it with --help."""

import os
import sys
from pathlib import Path

# numpy reads them as it is loaded, and would start threads that the sound then waits for.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER / "lib"))

from mixassist.runtime.bundle.device.{name} import main  # noqa: E402 -- the path comes first
from mixassist.runtime.bundle.device.program import run  # noqa: E402

if __name__ == "__main__":
    run(main, FOLDER)
'''


@dataclass(frozen=True)
class ModelToBundle:
    """A model, the function that opens it, and what a pedal may turn.

    `opener` is `package.module:function`, which takes an `Order`; `n_channels` are those of the sound, not of its
    tensors. `extras` are files that lie beside the network, by their name. `changes_rate` says that it takes hosts of
    any rate by itself. `blocks_ahead` are how many blocks a result may take: more than one where a network runs once in
    several blocks, and has all its work to do in that one.
    """

    id: str
    artifact: Artifact
    opener: str
    n_channels: int = 1
    changes_rate: bool = False
    blocks_ahead: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict)
    extras: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True)
class BundleOptions:
    """For which machine, at which rate and block its card is to run, and wheels to take along, if any.

    `made_by` names who makes it, with a version.
    """

    target: Target
    rate: int = 48000
    block: int = 128
    wheels: Path | None = None
    made_by: str = "mixassist"


def make_bundle(
    models: Sequence[ModelToBundle], folder: Path, options: BundleOptions, *, may_replace: bool = False
) -> Manifest:
    """Writes a bundle at `folder` and returns its manifest, read back and verified.

    Raises:
        AudioError: when the disk is full, or nothing can be written there.
        EngineError: when no engine here runs a model, so that no golden stream can be made.
        ModelError: when a model is damaged, or its opener is none.
        OptionError: when no model is given, two have one id, the card cannot be, or something else lies at `folder`.
    """
    _require_names(models)
    _require_free(folder, may_replace)
    rig = Rig(rate=options.rate, block=options.block, blocks_ahead=max(model.blocks_ahead for model in models))
    with disk_errors(folder), staged(folder) as staging:
        told = [_write_model(model, staging) for model in models]
        _write_library(models, staging / "lib")
        _write_files(models, options, staging)
        (staging / RIG).write_text(_json(asdict(rig)), encoding="utf-8")
        _write_manifest(told, options, staging)
        read_manifest(staging).check_files()
    return read_manifest(folder)


def _require_names(models: Sequence[ModelToBundle]) -> None:
    names = [model.id for model in models]
    if not names:
        raise OptionError("no model is given: name one or more")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise OptionError(f"two models are called {', '.join(twice)}: give each once")


def _require_free(folder: Path, may_replace: bool) -> None:
    if not folder.exists():
        return
    if not (folder / MANIFEST).is_file():
        raise OptionError(f"{folder} exists and is no bundle: name another folder")
    if not may_replace:
        raise OptionError(f"{folder} exists: pass --force to make it anew, or name another folder")


def _write_model(model: ModelToBundle, staging: Path) -> dict[str, Any]:
    """Copies a model and adds its float16 graph and its golden stream; gives its entry in the manifest."""
    artifact = model.artifact
    folder = staging / "models" / model.id
    half = staging / half_graph("fp16")
    half.write_bytes(cast_graph(artifact.file(GRAPH), "fp16"))
    kept = set(artifact.manifest["files"]) - {GOLDEN_PAIR, WEIGHTS}
    files = {name: artifact.file(name) for name in kept} | {half.name: half} | dict(model.extras)
    card = _card(artifact)
    bundled = save_artifact(folder, spec=artifact.spec, card=card, files=files, golden=artifact.golden())
    half.unlink()
    latency = _write_golden_stream(model, bundled, folder)
    return {
        "id": model.id,
        "folder": f"models/{model.id}",
        "kind": artifact.spec.kind,
        "opener": model.opener,
        "rate": artifact.spec.rate,
        "channels": model.n_channels,
        "changes_rate": model.changes_rate,
        "settings": dict(model.settings),
        "latency_samples": latency,
        "block": BLOCK,
        "network": {
            "inputs": [asdict(tensor) for tensor in artifact.spec.inputs],
            "outputs": [asdict(tensor) for tensor in artifact.spec.outputs],
            "states": [asdict(tensor) | {"start": 0} for tensor in artifact.spec.states],
            "latency_samples": artifact.spec.latency_samples,
            "block_multiple": artifact.spec.block_multiple,
            "opset": opset_of(folder / GRAPH),
        },
        "tensorrt_refuses": unsupported_ops(folder / GRAPH),
        "source_sha256": artifact.sha256,
        "licence": card.licence,
        "credit": credit_line(model.id, card),
    }


def _write_golden_stream(model: ModelToBundle, bundled: Artifact, folder: Path) -> int:
    """Plays the model as the device will, keeps what came out, and gives its delay."""
    host = HostFormat(BLOCK, bundled.spec.rate, model.n_channels)
    order = Order(bundled, host, Compute("onnxruntime", "fp32", "cpu"), dict(model.settings))
    process = find_opener(model.opener)(order)
    heard = plucked_notes(model.n_channels, bundled.spec.rate)
    played = play(process, heard)
    if not abs(played).max() > 0:
        raise ModelError(f"{model.id} is silent where notes are played: it cannot be checked on a device")
    GoldenStream(heard, played).write(folder / FILE)
    return process.latency_samples


def _card(artifact: Artifact) -> ModelCard:
    told = artifact.manifest
    licence = told.get("licence") or "not stated: ask who made the model"
    return ModelCard(artifact.name, licence, told.get("training", {}), told.get("credits", ()))


def _write_library(models: Sequence[ModelToBundle], library: Path) -> None:
    openers = (model.opener.partition(":")[0] for model in models)
    for name, path in house_modules([*ENTRIES, *openers]).items():
        place = library / in_library(path, name)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)


def _write_files(models: Sequence[ModelToBundle], options: BundleOptions, staging: Path) -> None:
    for folder in options.target.folders:
        shutil.copytree(folder, staging, dirs_exist_ok=True)
    for name in PROGRAMS:
        (staging / f"{name}.py").write_text(_PROGRAM.format(name=name), encoding="utf-8")
    # An archive that the files came in may have lost this.
    for program in (*staging.glob("*.py"), *staging.glob("*.sh"), *staging.glob("samples/*.sh")):
        program.chmod(0o755)
    cards = {model.id: _card(model.artifact) for model in models}
    (staging / "CREDITS.md").write_text(credits_page(cards), encoding="utf-8")
    (staging / "README.md").write_text(readme(tuple(cards), options.target, options.made_by), encoding="utf-8")
    if options.wheels is not None:
        shutil.copytree(options.wheels, staging / "wheels", ignore=shutil.ignore_patterns("[!*.whl]"))


def _write_manifest(told: list[dict[str, Any]], options: BundleOptions, staging: Path) -> None:
    paths = sorted(path for path in staging.rglob("*") if path.is_file())
    digests = {path.relative_to(staging).as_posix(): _sha256(path) for path in paths}
    name = "+".join(model["id"] for model in told)
    manifest = {
        "schema": SCHEMA,
        "bundle": {"name": name, "target": options.target.name, "made_by": options.made_by},
        "models": told,
        "engines": ENGINES,
        "python": ["3.10", "3.12"],
        "files": digests,
    }
    path = staging / MANIFEST
    path.write_text(_json(manifest), encoding="utf-8")
    sums = digests | {MANIFEST: _sha256(path)}
    lines = (f"{digest}  {name}\n" for name, digest in sorted(sums.items()))
    (staging / SUMS).write_text("".join(lines), encoding="utf-8")


def _json(told: object) -> str:
    return json.dumps(told, indent=2) + "\n"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
