"""Machines with and without a GPU, whatever these tests run on."""

from __future__ import annotations

import pytest

from mixassist.runtime.doors.nvidia import Nvidia
from mixassist.runtime.engines import Engine
from tests.runtime.choice.asking import NO_GPU


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests tell must not hang on the machine they run on."""
    monkeypatch.setattr("mixassist.runtime.engines.why_no_nvidia", lambda: NO_GPU)
    monkeypatch.setattr("mixassist.runtime.choice.probe_nvidia", lambda: None)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Nvidia:
    """A machine with a GPU, and with every engine built for it."""
    found = Nvidia("Fake 100", "9.0", "580.1", "13.0")
    monkeypatch.setattr("mixassist.runtime.engines.why_no_nvidia", lambda: None)
    monkeypatch.setattr("mixassist.runtime.choice.probe_nvidia", lambda: found)
    monkeypatch.setattr(Engine, "version", "1.0")
    monkeypatch.setattr(Engine, "is_built_for_cuda", True)
    return found
