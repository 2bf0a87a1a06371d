"""Law 8: every data file we ship can be opened, and everything in a data folder is shipped."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mixassist import read_audio
from mixassist.runtime import load_artifact
from tests.conftest import ROOT
from tests.laws.front_doors import PACKAGES

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SHIPPED = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*")
    if path.is_file() and path.suffix != ".py" and path.name != "py.typed" and "__pycache__" not in path.parts
)
DATA_FOLDERS = {("separation", "data"), ("amp_models", "data"), ("transfer", "data")}
ARTIFACTS = [path.parent for path in SHIPPED if path.name == "model.json"]


def open_json(path: Path) -> None:
    assert json.loads(path.read_text(encoding="utf-8"))


def open_text(path: Path) -> None:
    assert path.read_text(encoding="utf-8").strip()


def open_toml(path: Path) -> None:
    assert tomllib.loads(path.read_text(encoding="utf-8"))


def open_arrays(path: Path) -> None:
    with np.load(path, allow_pickle=False) as arrays:
        assert all(np.isfinite(arrays[name]).all() for name in arrays.files if arrays[name].dtype.kind == "f")


def open_onnx(path: Path) -> None:
    import onnx

    onnx.checker.check_model(str(path))


def open_weights(path: Path) -> None:
    from safetensors.numpy import load_file

    assert all(np.isfinite(tensor).all() for tensor in load_file(path).values())


def open_audio(path: Path) -> None:
    assert np.abs(read_audio(path).samples).max() > 0


OPENERS: dict[str, Callable[[Path], None]] = {
    ".flac": open_audio,
    ".json": open_json,
    ".md": open_text,
    ".npz": open_arrays,
    ".onnx": open_onnx,
    ".safetensors": open_weights,
    ".toml": open_toml,
    **dict.fromkeys(("", ".conf", ".in", ".service", ".sh", ".txt"), open_text),
}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_opens(path: Path) -> None:
    assert path.suffix in OPENERS, f"say in {Path(__file__).name} how a {path.suffix} file is opened"
    OPENERS[path.suffix](path)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_it_is_in_a_folder_that_goes_into_the_wheel(path: Path) -> None:
    package, *folders = path.relative_to(ROOT).parts
    assert (
        (package, folders[0]) in DATA_FOLDERS
        or folders[:2] in (["suggest", "data"], ["dsp", "data"])
        or (folders[:3] == ["runtime", "bundle", "files"])
    )


@pytest.mark.parametrize("folder", ARTIFACTS, ids=lambda path: path.name)
def test_artifacts_are_whole(folder: Path) -> None:
    artifact = load_artifact(folder)
    assert artifact.golden().outputs
