"""The artifact: a folder that holds one network and all that is needed to trust it.

    model.json            format version, kind, name, rate, spec, training facts, credits, licence, sha256 of every file
    model.onnx            the network as a graph, and/or
    weights.safetensors   its weights, for a network built by code
    golden.npz            inputs `in_<name>`, the outputs `out_<name>` they must give, and `tolerance_db`

Nothing is ever unpickled, and no name in the manifest leads out of the folder.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import ModelError
from mixassist.runtime.spec import ModelSpec

FORMAT_VERSION = 1
MANIFEST = "model.json"
GRAPH = "model.onnx"
WEIGHTS = "weights.safetensors"
GOLDEN = "golden.npz"

N_HASHING_THREADS = 2
"""Graph and weights, 170 MB each for the large models, are verified side by side."""

FP32_TOLERANCE_DB = -80.0
"""How far two float32 engines may part: they add the same numbers in different orders."""


@dataclass(frozen=True)
class Golden:
    """Inputs and the outputs they gave where the model was made; engines must come within `tolerance_db` of them."""

    inputs: Mapping[str, NDArray[Any]]
    outputs: Mapping[str, NDArray[Any]]
    tolerance_db: float = FP32_TOLERANCE_DB


@dataclass(frozen=True)
class ModelCard:
    """Where a model comes from; plain JSON values. `credits` names whose recordings it learned from."""

    name: str
    licence: str
    training: Mapping[str, Any] = field(default_factory=dict)
    credits: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Artifact:
    """A verified artifact folder: `path`, the network's `spec` and everything model.json says in `manifest`."""

    path: Path
    spec: ModelSpec
    manifest: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.manifest["name"])

    @property
    def sha256(self) -> str:
        """Identity of the model, 64 hex digits: the sha256 over the sorted names and digests of its files."""
        return hashlib.sha256(json.dumps(self.manifest["files"], sort_keys=True).encode()).hexdigest()

    def has(self, name: str) -> bool:
        return name in self.manifest["files"]

    def file(self, name: str) -> Path:
        """Path of one of the artifact's files.

        Raises:
            ModelError: when the manifest does not list it.
        """
        if not self.has(name):
            listed = ", ".join(sorted(self.manifest["files"]))
            raise ModelError(f"model {self.name} has no {name} (only {listed}): export the model again")
        return self.path / name

    def golden(self) -> Golden:
        """The golden pair, read from disk each time (it can be large).

        Raises:
            ModelError: when golden.npz cannot be read or its tensors are not those of the spec.
        """
        path = self.file(GOLDEN)
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return Golden(
                    inputs={tensor.name: arrays[f"in_{tensor.name}"] for tensor in self.spec.fed},
                    outputs={tensor.name: arrays[f"out_{tensor.name}"] for tensor in self.spec.returned},
                    tolerance_db=float(arrays["tolerance_db"]),
                )
        except (KeyError, ValueError, OSError, zipfile.BadZipFile) as error:
            raise ModelError(f"{path} cannot be read ({error}): fetch or export the model again") from error


def save_artifact(
    folder: Path, *, spec: ModelSpec, card: ModelCard, files: Mapping[str, Path], golden: Golden
) -> Artifact:
    """Writes an artifact at `folder`, replacing one that is there, and returns it as loaded back.

    `files` maps names in the folder to the files to copy. The folder appears complete or not at all.

    Raises:
        ModelError: when something lies at `folder` that is no model.
    """
    _require_replaceable(folder)
    with staged(folder) as staging:
        for name, source in files.items():
            shutil.copyfile(source, staging / _plain_name(name, staging))
        _write_golden(staging / GOLDEN, golden)
        digests = {name: file_sha256(staging / name) for name in sorted([*files, GOLDEN])}
        (staging / MANIFEST).write_text(json.dumps(_manifest(spec, card, digests), indent=2) + "\n", encoding="utf-8")
        load_artifact(staging)
    return load_artifact(folder)


def copy_artifact(artifact: Artifact, folder: Path, further: Mapping[str, bytes] | None = None) -> Artifact:
    """Writes the artifact at `folder` again, replacing one that is there, with `further` files that it does not list.

    The folder appears complete or not at all.

    Raises:
        ModelError: when something lies at `folder` that is no model.
    """
    _require_replaceable(folder)
    with staged(folder) as staging:
        for name in (MANIFEST, *artifact.manifest["files"]):
            shutil.copyfile(artifact.path / name, staging / name)
        for name, data in (further or {}).items():
            (staging / _plain_name(name, staging)).write_bytes(data)
        load_artifact(staging)
    return load_artifact(folder)


def load_artifact(folder: Path) -> Artifact:
    """The artifact in `folder`, with the sha256 of each file verified (once per process while a file stays as it is).

    Raises:
        ModelError: for a missing or unreadable model.json, an unknown format version, or a missing or damaged file.
    """
    folder = Path(folder).absolute()
    manifest = _read_manifest(folder)
    paths = [folder / _plain_name(name, folder) for name in manifest["files"]]
    with ThreadPoolExecutor(N_HASHING_THREADS) as pool:
        digests = list(pool.map(_found_digest, paths))
    for path, found, expected in zip(paths, digests, manifest["files"].values(), strict=True):
        if found != expected:
            raise ModelError(
                f"{path} is damaged: its sha256 starts {found[:12]}, {MANIFEST} says {str(expected)[:12]}:"
                " fetch or export the model again"
            )
    return Artifact(path=folder, spec=ModelSpec.from_dict(manifest["spec"]), manifest=manifest)


def _manifest(spec: ModelSpec, card: ModelCard, digests: Mapping[str, str]) -> dict[str, Any]:
    return {
        "format_version": FORMAT_VERSION,
        "kind": spec.kind,
        "name": card.name,
        "rate": spec.rate,
        "spec": spec.to_dict(),
        "training": dict(card.training),
        "credits": [dict(credit) for credit in card.credits],
        "licence": card.licence,
        "files": dict(digests),
    }


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ModelError(f"{folder} is not a model folder: it holds no {MANIFEST}") from error
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read ({error}): fetch or export the model again") from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise ModelError(f"{path} is not a model manifest: fetch or export the model again")
    version = manifest.get("format_version")
    if version != FORMAT_VERSION:
        raise ModelError(
            f"{path} has format version {version}, this mixassist reads {FORMAT_VERSION}:"
            " update mixassist, or export the model again"
        )
    missing = {"name", "spec", "kind", "rate"} - set(manifest)
    if missing:
        raise ModelError(f"{path} lacks {', '.join(sorted(missing))}: fetch or export the model again")
    return manifest


def _plain_name(name: str, folder: Path) -> str:
    if name in ("", ".", "..", MANIFEST) or any(mark in name for mark in "/\\:\0"):
        raise ModelError(f"{folder / MANIFEST} names the file {name!r}: a model's files lie in its own folder")
    return name


def _found_digest(path: Path) -> str:
    try:
        return file_sha256(path)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"{path} cannot be read ({reason}): fetch or export the model again") from error


def file_sha256(path: Path) -> str:
    """Hexadecimal sha256 of a file, remembered while its size and time of change stay: 170 MB take a while."""
    state = path.stat()
    return _digest(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=256)
def _digest(path: Path, n_bytes: int, mtime_ns: int) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _write_golden(path: Path, golden: Golden) -> None:
    arrays = {f"in_{name}": array for name, array in golden.inputs.items()}
    arrays |= {f"out_{name}": array for name, array in golden.outputs.items()}
    arrays["tolerance_db"] = np.array(golden.tolerance_db)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]  # numpy's stubs take any keyword for allow_pickle


def _require_replaceable(folder: Path) -> None:
    """Refuses a place where anything but a model lies, however damaged: it would be lost."""
    is_model = (folder / MANIFEST).is_file()
    if is_model or not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    raise ModelError(f"{folder} exists and holds no {MANIFEST}, so it is no model: name another folder, or remove it")


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """A folder to write into, which takes the place of `folder` where nothing went wrong, and is gone otherwise."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        staging.chmod(0o755)
        yield staging
        _swap_in(staging, folder)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _swap_in(staging: Path, folder: Path) -> None:
    """Puts `staging` at `folder`; what was there is moved aside first, for a folder cannot be renamed over another."""
    if not folder.exists():
        staging.rename(folder)
        return
    retired = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
    folder.rename(retired / folder.name)
    staging.rename(folder)
    shutil.rmtree(retired)
