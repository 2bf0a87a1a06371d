"""`Manifest`: what a bundle says of itself in manifest.json, and whether its files are what it says.

    schema       version of this layout
    bundle       name, target, and the mixassist it was made by
    models       id, folder, kind, opener, rate, channels, settings; latency at the block of the golden stream; network:
                 tensors, states, opset; what TensorRT 10.3 refuses; source_sha256, licence, credit
    engines      the oldest version of each engine that runs the graphs
    files        sha256 of every file in the folder but this one

No name in it leads out of the folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mixassist.errors import ModelError
from mixassist.runtime.artifact import Artifact, file_sha256, load_artifact

SCHEMA = 1
MANIFEST = "manifest.json"
CURE = "copy the bundle again, or make it again"
MODEL_KEYS = {"id", "opener", "rate", "channels", "changes_rate", "settings", "folder", "credit"}
"""What must be known to open a model."""


@dataclass(frozen=True)
class BundledModel:
    """A model of a bundle: its id, the function that opens it, its own rate and channels, and whose work it is.

    Where it `changes_rate` by itself, it takes hosts of any rate.
    """

    id: str
    opener: str
    rate: int
    n_channels: int
    changes_rate: bool
    settings: Mapping[str, Any]
    folder: Path
    credit: str

    @property
    def artifact(self) -> Artifact:
        """The network and its golden pair.

        Raises:
            ModelError: when it is damaged.
        """
        return load_artifact(self.folder)


@dataclass(frozen=True)
class Manifest:
    """A bundle's manifest: the `folder` it describes and all that it says, in `told`."""

    folder: Path
    told: Mapping[str, Any]

    @property
    def size_mb(self) -> float:
        """What all files of the bundle take, in megabytes."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file()) / 1e6

    @property
    def models(self) -> tuple[BundledModel, ...]:
        """The models of the bundle, in their order."""
        return tuple(
            BundledModel(
                told["id"],
                told["opener"],
                told["rate"],
                told["channels"],
                told["changes_rate"],
                told["settings"],
                self.folder / _inside(told["folder"]),
                told["credit"],
            )
            for told in self.told["models"]
        )

    def model(self, name: str) -> BundledModel:
        """The model of this id.

        Raises:
            ModelError: when the bundle has none.
        """
        for model in self.models:
            if model.id == name:
                return model
        known = ", ".join(model.id for model in self.models)
        raise ModelError(f"this bundle holds no model {name!r}: choose of {known}")

    def check_files(self) -> int:
        """How many files there are, each with the sha256 it should have.

        Raises:
            ModelError: for the first that is missing or damaged.
        """
        for name, expected in self.told["files"].items():
            path = self.folder / _inside(name)
            try:
                found = file_sha256(path)
            except OSError as error:
                raise ModelError(f"{path} cannot be read ({error.strerror}): {CURE}") from error
            if found != expected:
                raise ModelError(
                    f"{path} is damaged: its sha256 starts {found[:12]}, {MANIFEST} says {str(expected)[:12]}: {CURE}"
                )
        return len(self.told["files"])


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the bundle in `folder`.

    Raises:
        ModelError: when there is none, it cannot be read, or its schema is another.
    """
    path = folder / MANIFEST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is no bundle: it holds no {MANIFEST}") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}): {CURE}") from error
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        found = told.get("schema") if isinstance(told, dict) else None
        raise ModelError(f"{path} has schema {found}, these programs read {SCHEMA}: {CURE}")
    missing = {"bundle", "models", "engines", "files"} - set(told)
    if missing:
        raise ModelError(f"{path} lacks {', '.join(sorted(missing))}: {CURE}")
    if not isinstance(told["models"], list) or not all(map(_is_model, told["models"])):
        raise ModelError(f"{path} names models without {', '.join(sorted(MODEL_KEYS))}: {CURE}")
    return Manifest(folder, told)


def _is_model(told: object) -> bool:
    return isinstance(told, dict) and set(told) >= MODEL_KEYS


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name:
        raise ModelError(f"{MANIFEST} names {name!r}, which lies outside the bundle: {CURE}")
    return name
