"""Opening a session: the choice, and what becomes of it when the chosen does not open."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mixassist.errors import EngineError
from mixassist.runtime import session as session_module
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.candidates import CONTENDERS, Candidate
from mixassist.runtime.choice import choose
from mixassist.runtime.engines import ENGINES, SessionOptions
from mixassist.runtime.session import open_session
from mixassist.runtime.stepper import open_stepper
from tests.runtime.fake_probe import FakeProbe
from tests.runtime.tiny_networks import HERE


@pytest.mark.usefixtures("cache")
def test_auto_opens_a_session_that_is_right(two_paths: Artifact) -> None:
    lines: list[str] = []
    session = open_session(two_paths, n_threads=1, notify=lines.append)
    assert Candidate(session.engine, session.precision, session.device) in CONTENDERS
    assert "measuring onnxruntime fp32 (once per machine)" in lines


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("engine", ["onnxruntime", "openvino", "torch"])
def test_a_session_is_opened_for_the_asked_block(free_length: Artifact, engine: str) -> None:
    builder = f"{HERE}:build_free_length"
    session = open_session(free_length, engine, "fp32", n_threads=1, torch_builder=builder, device="cpu", n_frames=32)
    stepper = open_stepper(session, 32)
    stepper.inputs["audio"][:] = 0.1
    stepper.step()
    assert np.ptp(stepper.outputs["audio_out"]) > 0


@pytest.fixture
def opening(two_paths: Artifact, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of engines that do not open, though they were measured: openvino is the fastest, then torch."""
    closed: set[str] = set()

    def open_engine(name: str, artifact: Artifact, options: SessionOptions) -> Any:
        if name in closed:
            raise EngineError(f"{name} is out of memory")
        return SimpleNamespace(engine=name, precision=options.precision)

    seconds = {"openvino_bf16": 0.1, "torch_fp32": 0.2, "openvino_fp32": 0.3, "onnxruntime_fp32": 0.4}
    probe = FakeProbe(**{name: {"seconds": duration} for name, duration in seconds.items()})
    monkeypatch.setattr(session_module, "open_engine", open_engine)
    monkeypatch.setattr(session_module, "choose", partial(choose, measure=probe))
    return closed


@pytest.mark.usefixtures("cache")
def test_what_does_not_open_now_gives_way_to_the_next(two_paths: Artifact, opening: set[str]) -> None:
    assert open_session(two_paths, torch_builder=f"{HERE}:build").engine == "openvino"
    opening.add("openvino")
    lines: list[str] = []
    assert open_session(two_paths, torch_builder=f"{HERE}:build", notify=lines.append).engine == "torch"
    assert lines == ["openvino bf16 does not open (openvino is out of memory)"]
    opening.update(ENGINES)
    with pytest.raises(EngineError, match=r"opens on no engine .*torch fp32: torch is out.*onnxruntime fp32: onnx"):
        open_session(two_paths, torch_builder=f"{HERE}:build")


@pytest.mark.usefixtures("cache")
def test_a_named_engine_that_does_not_open_is_told(two_paths: Artifact, opening: set[str]) -> None:
    opening.add("openvino")
    with pytest.raises(EngineError, match=r"^openvino is out of memory$"):
        open_session(two_paths, "openvino")
