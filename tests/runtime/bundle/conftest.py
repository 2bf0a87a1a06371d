"""A bundle of the smallest model that comes with mixassist, made once by the command."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from cli.app import app


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that nobody may change."""
    folder = tmp_path_factory.mktemp("bundle") / "pedal"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["mixassist"])
        app(["deploy", "alto-sax", "--target", "linux-x86", "-o", str(folder)], standalone_mode=False)
    return folder


@pytest.fixture
def bundle(made: Path, tmp_path: Path) -> Path:
    """A copy to break."""
    return Path(shutil.copytree(made, tmp_path / "pedal"))
