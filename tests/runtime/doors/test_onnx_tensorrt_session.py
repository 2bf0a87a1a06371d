"""TensorRT as a provider of ONNX Runtime: what it is asked for, and that nothing else passes for it."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import Any

import pytest

from mixassist.errors import EngineError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.cache import cache_dir
from mixassist.runtime.doors import onnx_session
from mixassist.runtime.doors.onnx_tensorrt_session import open_session
from mixassist.runtime.engines import SessionOptions


@pytest.fixture(autouse=True)
def _tf32_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening sets a variable of the process, which is put back after each test."""
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "")
    monkeypatch.delenv("NVIDIA_TF32_OVERRIDE")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The providers that a session was asked for by whoever loads it; it takes the first of them."""
    asked: list[Any] = []

    def load(path: Any, settings: Any, providers: list[Any]) -> Any:
        asked.extend(providers)
        return SimpleNamespace(get_providers=lambda: [name for name, _ in providers])

    monkeypatch.setattr(onnx_session, "_load", load)
    return asked


def test_tensorrt_is_asked_first_and_cuda_for_the_rest(streaming: Artifact, asked: list[Any]) -> None:
    session = open_session(streaming, SessionOptions(device="cuda"))
    assert (session.engine, session.device, session.precision) == ("onnxruntime-tensorrt", "cuda", "fp32")
    assert [name for name, _ in asked] == ["TensorrtExecutionProvider", "CUDAExecutionProvider"]
    folder = asked[0][1]["trt_engine_cache_path"]
    assert folder.startswith(str(cache_dir()))
    assert streaming.sha256[:16] in folder


@pytest.mark.usefixtures("asked")
@pytest.mark.parametrize(("before", "after"), [(None, "0"), ("1", "1")])
def test_float32_is_not_rounded_to_tf32_unless_the_user_says_so(
    streaming: Artifact, before: str | None, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if before is not None:
        monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", before)
    open_session(streaming, SessionOptions(device="cuda", use_cache=False))
    assert os.environ["NVIDIA_TF32_OVERRIDE"] == after


def test_a_probe_keeps_nothing(streaming: Artifact, asked: list[Any]) -> None:
    open_session(streaming, SessionOptions(device="cuda", use_cache=False))
    assert asked[0][1] == {}


def test_a_wheel_without_the_provider_is_refused(streaming: Artifact) -> None:
    with (
        pytest.warns(UserWarning, match="ExecutionProvider"),
        pytest.raises(EngineError, match="took CPUExecutionProvider, not TensorrtExecutionProvider"),
    ):
        open_session(streaming, SessionOptions(device="cuda", use_cache=False))
