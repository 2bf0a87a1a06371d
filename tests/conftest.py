"""Fixtures for every test. Test data is made on the spot; recordings are a bonus on machines that have them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20261120)


@pytest.fixture
def shared_data() -> Path:
    """The folder of recordings, by default beside the repository; MIXASSIST_DATA names another."""
    folder = Path(os.environ.get("MIXASSIST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no recordings in {folder}: set MIXASSIST_DATA to a folder that has them")
    return folder
