"""Demucs' bags of models as plain data: which weight files, how much each says, how long a segment."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from mixassist.errors import ModelError
from mixassist.runtime.artifact import file_sha256


@dataclass(frozen=True)
class Bag:
    """Weight files that together make one demucs model; `weights` [networks][stems], None for an equal say."""

    name: str
    files: tuple[Path, ...]
    weights: tuple[tuple[float, ...], ...] | None = None
    segment_s: float | None = None


def read_bag(path: Path, find_file: Callable[[str], Path]) -> Bag:
    """The bag that the YAML file at `path` describes; `find_file` turns a signature into its weight file.

    Raises:
        ModelError: when the file is not a bag, or a weight file is missing.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        signatures = [str(signature) for signature in data["models"]]
        weights = data.get("weights")
        rows = None if weights is None else tuple(tuple(float(weight) for weight in row) for row in weights)
        segment = data.get("segment")
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is not a demucs bag of models ({error}): expected YAML with `models`") from error
    files = tuple(find_file(signature) for signature in signatures)
    return Bag(path.stem, files, rows, None if segment is None else float(segment))


def local_bag(path: Path) -> Bag:
    """The bag at a local path: a weight file, a bag's YAML beside its weights, or a folder with one such YAML.

    Raises:
        ModelError: when nothing usable is there, or a `.th` file does not match the checksum in its name.
    """
    if path.is_file() and path.suffix in (".safetensors", ".th"):
        check_name_checksum(path)
        return Bag(path.stem, (path,))
    if path.is_file() and path.suffix == ".yaml":
        return read_bag(path, lambda signature: _local_weights(path.parent, signature))
    bags = sorted(path.glob("*.yaml")) if path.is_dir() else []
    if len(bags) == 1:
        return local_bag(bags[0])
    names = ", ".join(bag.name for bag in bags) or "no .yaml"
    raise ModelError(
        f"{path} is not a model: expected .safetensors, .th, .yaml or a folder with one .yaml (found {names})"
    )


def check_name_checksum(path: Path) -> None:
    """Compares demucs' `signature-checksum.th` names with the file's sha256.

    Raises:
        ModelError: when they differ.
    """
    named = re.fullmatch(r".+-([0-9a-f]{8})", path.stem)
    if path.suffix != ".th" or named is None:
        return
    expected = named[1]
    found = file_sha256(path)[: len(expected)]
    if found != expected:
        raise ModelError(f"{path} is damaged: its sha256 starts {found}, its name says {expected}: download it again")


def _local_weights(folder: Path, signature: str) -> Path:
    candidates = [folder / f"{signature}.safetensors", folder / f"{signature}.th", *folder.glob(f"{signature}-*.th")]
    for candidate in candidates:
        if candidate.is_file():
            check_name_checksum(candidate)
            return candidate
    raise ModelError(f"{folder} holds no weights for {signature}: expected {signature}.safetensors or {signature}.th")
