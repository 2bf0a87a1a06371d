"""Fixtures for every test. Test data is made on the spot; recordings are a bonus on machines that have them."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

# Tests are many small runs: threads would only wait for each other, on a busy machine for minutes. Read by torch,
# OpenMP and BLAS when they load, so this comes before anything that loads them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import settings

from mixassist.runtime import Artifact
from tests.command import Command

ROOT = Path(__file__).resolve().parent.parent

# The same examples every time, and no stop-watch: a busy machine must not fail a sound program.
settings.register_profile("house", derandomize=True, deadline=None)
settings.load_profile("house")


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keeps tests out of the user's cache: what one machine remembers must not decide what passes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MIXASSIST_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture
def ctrl_c() -> Iterator[Callable[..., None]]:
    """Ctrl-C as Python has it, and what heeds it, also where whoever started the tests has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield signal.default_int_handler
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder for this test alone."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("MIXASSIST_CACHE", str(folder))
    return folder


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


@pytest.fixture
def mixassist(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line, in this process."""
    return Command(capsys, monkeypatch)


@pytest.fixture(scope="session")
def tiny_htdemucs(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """The artifact of a random HTDemucs; its export to ONNX takes seconds, so all tests share one."""
    from separation.demucs_adapter import convert
    from tests.demucs_models import htdemucs, write_safetensors

    folder = tmp_path_factory.mktemp("htdemucs")
    return convert(write_safetensors(htdemucs(), folder / "tiny.safetensors"), folder / "artifact")


@pytest.fixture(scope="session")
def small_live(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    """The artifact of a small separator for live sound, likewise."""
    from tests.live_models import write_small_live

    return write_small_live(tmp_path_factory.mktemp("live"))


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Artifact]:
    """The artifact of a streaming stand-in by its name, exported when it is first asked for, which takes seconds."""
    from benchmarks.stand_ins import write_stand_in

    folder = tmp_path_factory.mktemp("stand-ins")
    return functools.cache(lambda name: write_stand_in(name, folder))
