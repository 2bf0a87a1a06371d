"""Steppers on ONNX Runtime: for real on the CPU, and by the calls they make where a GPU is faked."""

from __future__ import annotations

import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from mixassist.errors import EngineError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.doors import onnx_session, onnx_stepper
from mixassist.runtime.doors.onnx_session import OnnxSession, open_session
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.stepper import PlainStepper, open_stepper
from tests.runtime.doors.stepping import noise, stepped
from tests.runtime.tiny_networks import STREAMING


@pytest.fixture
def session(streaming: Artifact) -> OnnxSession:
    return open_session(streaming, SessionOptions(n_threads=1))


@pytest.mark.parametrize("n_batch", [1, 2])
def test_bound_steps_give_what_runs_give(session: OnnxSession, n_batch: int) -> None:
    blocks = noise(7, n_batch)
    expected = stepped(PlainStepper(session, 32, n_batch), blocks)
    np.testing.assert_array_equal(stepped(open_stepper(session, 32, n_batch), blocks), expected)


def test_recurrent_networks_are_bound_at_any_length(stand_in: Callable[[str], Artifact]) -> None:
    session = open_session(stand_in("gru-step"), SessionOptions(n_threads=1))
    for n_frames in (64, 256):
        bound, plain = session.bind(n_frames), PlainStepper(session, n_frames)
        for stepper in (bound, plain):
            stepper.inputs["audio"][:] = np.sin(np.arange(n_frames))
            stepper.step()
        np.testing.assert_array_equal(bound.outputs["audio_out"], plain.outputs["audio_out"])


def test_steps_reuse_their_arrays_and_allocate_nothing(session: OnnxSession) -> None:
    stepper = session.bind(32)
    arrays = [*stepper.inputs.values(), *stepper.outputs.values()]
    stepped(stepper, noise(20))
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(10000):
            stepper.step()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # ONNX Runtime's binding keeps up to a hundred small objects for a while. To keep one block of 32 samples per step
    # would be 1.3 MB.
    assert max(after, peak) - before < 30_000
    assert all(a is b for a, b in zip(arrays, [*stepper.inputs.values(), *stepper.outputs.values()], strict=True))


def test_a_block_the_network_does_not_take_is_refused(session: OnnxSession) -> None:
    session.spec = session.spec.__class__.from_dict(
        STREAMING.to_dict() | {"inputs": [{"name": "block", "shape": [None, 1, None]}]}
    )
    with pytest.raises(EngineError, match=r"onnxruntime refuses blocks of 33 frames \(.*\): "):
        session.bind(33)


def test_onnx_runtime_that_stays_on_the_cpu_is_refused(streaming: Artifact) -> None:
    with (
        pytest.warns(UserWarning, match="CUDAExecutionProvider"),
        pytest.raises(EngineError, match="took CPUExecution"),
    ):
        open_session(streaming, SessionOptions(device="cuda"))


class FakeInference:
    """ONNX Runtime's CUDA side, computing on the CPU underneath: notes the providers and graphs it was asked for."""

    def __init__(self, inference: Any) -> None:
        self.inference = inference
        self.graph_ids: list[str] = []
        self.refusal: str | None = None

    def io_binding(self) -> Any:
        return self.inference.io_binding()

    def get_providers(self) -> list[str]:
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    def run(self, names: list[str], fed: dict[str, Any], options: Any) -> Any:
        self._note(options)
        return self.inference.run(names, fed)

    def run_with_iobinding(self, binding: Any, options: Any) -> None:
        self._note(options)
        self.inference.run_with_iobinding(binding)

    def _note(self, options: Any) -> None:
        self.graph_ids.append(options.get_run_config_entry(onnx_stepper.GRAPH_ID))
        if self.refusal is not None:
            raise RuntimeError(self.refusal)


@pytest.fixture
def on_fake_gpu(streaming: Artifact, monkeypatch: pytest.MonkeyPatch) -> tuple[OnnxSession, FakeInference, list[Any]]:
    """A session whose GPU memory is memory, and the provider settings it tried: CUDA graphs are refused."""
    tried: list[Any] = []
    real = onnx_session._load

    def load(path: Any, settings: Any, providers: list[Any]) -> FakeInference:
        tried.extend(providers)
        if "enable_cuda_graph" in providers[0][1]:
            raise EngineError("this session cannot use the graph capture feature")
        return FakeInference(real(path, settings, ["CPUExecutionProvider"]))

    def on_gpu(arrays: dict[str, np.ndarray]) -> dict[str, Any]:
        from onnxruntime import OrtValue

        return {name: OrtValue.ortvalue_from_numpy(array.copy()) for name, array in arrays.items()}

    monkeypatch.setattr(onnx_session, "_load", load)
    monkeypatch.setattr(onnx_stepper, "_on_gpu", on_gpu)
    session = open_session(streaming, SessionOptions(n_threads=1, device="cuda"))
    return session, session._inference, tried


def test_steps_on_a_gpu_record_one_graph_per_direction(
    session: OnnxSession, on_fake_gpu: tuple[OnnxSession, FakeInference, list[Any]]
) -> None:
    cuda, inference, tried = on_fake_gpu
    blocks = noise(5)
    expected = stepped(session.bind(32), blocks)
    stepper = cuda.bind(32)
    assert inference.graph_ids == ["1", "2"], "both are recorded before the first block of a player"
    for _ in range(2):
        np.testing.assert_array_equal(stepped(stepper, blocks), expected)
        stepper.reset()
    cuda.run({"block": blocks[0], "tail": np.zeros((1, 1, 6), np.float32)})
    assert inference.graph_ids[2:] == ["1", "2", "1", "2", "1", "2", "1", "2", "1", "2", "-1"]
    cuda.bind(32)
    assert inference.graph_ids[-2:] == ["3", "4"], "graphs of another stepper"
    assert [settings for _, settings in tried] == [{"use_tf32": "0", "enable_cuda_graph": "1"}, {"use_tf32": "0"}]


def test_a_new_thread_records_before_its_first_block_and_keeps_the_states(
    session: OnnxSession, on_fake_gpu: tuple[OnnxSession, FakeInference, list[Any]]
) -> None:
    """ONNX Runtime keeps graphs by thread."""
    cuda, inference, _ = on_fake_gpu
    blocks = noise(7)
    expected = stepped(session.bind(32), blocks)
    stepper = cuda.bind(32)
    found = [stepped(stepper, blocks[:3])]
    inference.graph_ids.clear()
    thread = threading.Thread(target=lambda: found.append(stepped(stepper, blocks[3:])))
    thread.start()
    thread.join()
    assert inference.graph_ids == ["2", "1", "2", "1", "2", "1"], "two to record, four blocks"
    np.testing.assert_array_equal(np.concatenate(found, axis=-1), expected)


def test_what_cannot_be_recorded_is_opened_again_without_graphs(
    session: OnnxSession, on_fake_gpu: tuple[OnnxSession, FakeInference, list[Any]]
) -> None:
    cuda, inference, tried = on_fake_gpu
    inference.refusal = "CUDA failure 900: operation not permitted when stream is capturing"
    tried.clear()
    blocks = noise(3)
    np.testing.assert_array_equal(stepped(cuda.bind(32), blocks), stepped(session.bind(32), blocks))
    assert [settings for _, settings in tried] == [{"use_tf32": "0"}]
    assert cuda._inference is not inference
    cuda._inference.refusal = inference.refusal
    with pytest.raises(EngineError, match=r"onnxruntime refuses blocks of 32 frames .CUDA failure 900"):
        cuda.bind(32)


def test_a_gpu_that_fails_is_an_engine_error(on_fake_gpu: tuple[OnnxSession, FakeInference, list[Any]]) -> None:
    cuda, inference, _ = on_fake_gpu
    stepper = cuda.bind(32)
    inference.refusal = "Failed to allocate memory for requested buffer of size 4096"
    with pytest.raises(EngineError, match=r"onnxruntime refuses blocks of 32 frames .Failed to allocate memory"):
        stepper.step()
    with pytest.raises(EngineError, match=r"onnxruntime refuses these inputs .Failed to allocate memory"):
        cuda.run({"block": noise(1)[0], "tail": np.zeros((1, 1, 6), np.float32)})
