"""`mixassist deploy`: models to take along, in a folder that plays them without mixassist."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, print_json, say
from mixassist.errors import OptionError

if TYPE_CHECKING:
    from mixassist.runtime import Artifact
    from mixassist.runtime.bundle.device.manifest import Manifest
    from mixassist.runtime.bundle.making import ModelToBundle

OPENERS = {
    "amp": "amp_models.playing.bundled:open_process",
    "instrument": "transfer.bundled:open_process",
    "lite-live": "separation.live.bundled:open_process",
    "texture": "transfer.bundled_texture:open_process",
}
"""What opens each kind of model in a bundle: the features hand in their functions by name, to be loaded there."""

Models = Annotated[
    list[str], typer.Argument(metavar="MODEL...", help="lite-live, a timbre, an amp's .nam file, or a model's folder.")
]


def deploy(
    models: Models,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="BUNDLE", help="The folder to write.")],
    target: Annotated[str, typer.Option(help="jetson, linux-x86 or raspberry-pi.")] = "jetson",
    block: Annotated[int, typer.Option(help="Frames per block of the pedal's card; its rig can change it.")] = 128,
    rate: Annotated[int, typer.Option(help="The card's rate in Hz; its rig can change it.")] = 48000,
    cab: Annotated[
        Path | None, typer.Option("--cab", metavar="IR", help="A cabinet's impulse response, behind every amp.")
    ] = None,
    wheels: Annotated[
        Path | None, typer.Option(help="A folder of wheels to take along, for a machine without network.")
    ] = None,
    force: Annotated[bool, typer.Option(help="Make an existing bundle anew.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Write a bundle: models, the code that plays them, and how they are installed on a Jetson, a PC or a Raspberry Pi.

    It plays with numpy and ONNX Runtime or TensorRT alone; its README.md says the rest.
    """
    from mixassist import __version__
    from mixassist.runtime.bundle.making import BundleOptions, make_bundle
    from mixassist.runtime.bundle.targets import find_target

    machine = find_target(target)
    if wheels is not None and not any(wheels.glob("*.whl")):
        raise OptionError(
            f"{wheels} holds no .whl file: fetch some as the bundle's README.md says, or leave --wheels out"
        )
    options = BundleOptions(machine, rate, block, wheels, f"mixassist {__version__}")
    found = [_find(model) for model in models]
    if cab is not None and not any(artifact.spec.kind == "amp" for artifact in found):
        raise OptionError(f"--cab {cab} stands behind amps, and there is none among {', '.join(models)}: leave it out")
    with _cabinet_files(cab, rate) as cabinet:
        bundled = [_to_bundle(artifact, cabinet) for artifact in found]
        say(f"making {output} of {', '.join(model.id for model in bundled)}")
        manifest = make_bundle(bundled, output, options, may_replace=force)
    _tell(manifest, json)


def _find(model: str) -> Artifact:
    """The artifact of a model that streams, whatever feature it is of."""
    from mixassist.runtime.artifact import MANIFEST, load_artifact
    from separation.catalogue import embedded_names, find_model
    from transfer.catalogue import embedded_names as timbre_names
    from transfer.catalogue import find_timbre

    path = Path(model)
    if path.suffix.lower() == ".nam":
        from amp_models import load_amp

        return load_amp(path).artifact
    if (path / MANIFEST).is_file():
        artifact = load_artifact(path)
    elif model in timbre_names():
        artifact = find_timbre(model)
    elif model in embedded_names():
        artifact = find_model(model, notify=say).artifacts[0]
    else:
        known = ", ".join([*timbre_names(), "lite-live"])
        raise OptionError(f"there is no model {model}: name {known}, a .nam file, or the folder of a model")
    if artifact.spec.kind not in OPENERS:
        raise OptionError(
            f"{model} is of kind {artifact.spec.kind}, which does not stream: take {', '.join(OPENERS)} models along"
        )
    return artifact


def _to_bundle(artifact: Artifact, cabinet: Mapping[str, Path]) -> ModelToBundle:
    from mixassist.runtime.bundle.making import ModelToBundle

    kind = artifact.spec.kind
    return ModelToBundle(
        id=re.sub(r"[^A-Za-z0-9._-]+", "-", artifact.name.removesuffix(".nam")).strip("-.") or kind,
        artifact=artifact,
        opener=OPENERS[kind],
        n_channels=artifact.spec.n_channels if kind == "lite-live" else 1,
        changes_rate=kind == "amp",
        blocks_ahead=2 if kind == "lite-live" else 1,
        extras=cabinet if kind == "amp" else {},
    )


@contextmanager
def _cabinet_files(path: Path | None, rate: int) -> Iterator[Mapping[str, Path]]:
    """A cabinet as amps of a bundle want it: cut, at the card's rate and a guitar's level, in a file for the while."""
    if path is None:
        yield {}
        return
    import tempfile

    import numpy as np

    from amp_models.playing.bundled import CABINET, cabinet_arrays
    from amp_models.playing.cabinet import load_cabinet

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / CABINET
        np.savez_compressed(file, **cabinet_arrays(load_cabinet(path, rate).response, rate))
        yield {CABINET: file}


def _tell(manifest: Manifest, as_json: bool) -> None:
    if as_json:
        told = {key: manifest.told[key] for key in ("bundle", "models")}
        print_json({"folder": str(manifest.folder), "megabytes": round(manifest.size_mb, 2), **told})
        return
    for model in manifest.models:
        print(model.credit)
    print(f"{manifest.folder}: {manifest.size_mb:.1f} MB; copy it to the device, then README.md there")
