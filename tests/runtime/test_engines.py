from __future__ import annotations

from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from mixassist.runtime.engines import ENGINES


def test_a_version_tells_which_of_the_alternatives_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(distribution: str) -> str:
        if distribution != "tensorrt-rtx":
            raise PackageNotFoundError
        return "1.7"

    monkeypatch.setattr("mixassist.runtime.engines.metadata.version", version)
    monkeypatch.setattr("mixassist.runtime.engines.find_spec", lambda package: package == "tensorrt_rtx" or None)
    assert ENGINES["tensorrt"].version == "tensorrt-rtx 1.7"
    assert ENGINES["torch"].version is None


def test_a_build_for_cuda_is_known_by_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "fakelib").mkdir()
    (tmp_path / "fakecuda" / "lib").mkdir(parents=True)
    (tmp_path / "fakecuda" / "lib" / "libtorch_cuda.so").touch()
    assert not replace(ENGINES["torch"], packages=("fakelib",)).is_built_for_cuda
    assert replace(ENGINES["torch"], packages=("fakecuda",)).is_built_for_cuda
    assert ENGINES["tensorrt"].is_built_for_cuda
    assert not ENGINES["openvino"].is_built_for_cuda
