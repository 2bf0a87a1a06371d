"""Steppers on torch: for real on the CPU, and recording by the calls it makes where a GPU is faked."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from mixassist.errors import EngineError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.doors import torch_stepper
from mixassist.runtime.doors.torch_session import MAX_RECORDED, TorchSession, cast_weights, open_session
from mixassist.runtime.doors.torch_stepper import CudaStepper, TorchStepper
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.spec import ModelSpec, TensorSpec
from mixassist.runtime.stepper import PlainStepper, Stepper
from tests.runtime.tiny_networks import HERE, TWO_PATHS, TwoPaths, random_inputs


@pytest.fixture
def session(streaming: Artifact) -> TorchSession:
    return open_session(streaming, SessionOptions(n_threads=1, torch_builder=f"{HERE}:build"))


def stepped(stepper: Stepper, n_blocks: int, n_batch: int = 1) -> np.ndarray:
    rng, found = np.random.default_rng(6), []
    for _ in range(n_blocks):
        stepper.inputs["block"][:] = rng.standard_normal((n_batch, 1, 32))
        stepper.step()
        found.append(stepper.outputs["wave"].copy())
    return np.concatenate(found, axis=-1)


class FakeGpu:
    """torch.cuda without a GPU, as stream and as graph: a replay computes the step that was recorded."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, is_recordable: bool = True) -> None:
        self.is_recordable = is_recordable
        self.is_full = False
        self.stepper: TorchStepper
        self.calls: list[str] = []
        for name in ("Stream", "current_stream", "CUDAGraph"):
            monkeypatch.setattr(torch.cuda, name, lambda: self)
        monkeypatch.setattr(torch.cuda, "stream", contextlib.nullcontext)
        monkeypatch.setattr(torch.cuda, "graph", self.record)

    def wait_stream(self, stream: FakeGpu) -> None:
        self.calls.append("wait")

    def synchronize(self) -> None:
        if self.is_full:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB.\nand more")
        self.calls.append("synchronize")

    def replay(self) -> None:
        self.calls.append("replay")
        TorchStepper._compute(self.stepper)

    @contextlib.contextmanager
    def record(self, graph: FakeGpu, capture_error_mode: str) -> Iterator[None]:
        assert capture_error_mode == "thread_local", "other threads may go on"
        assert not gc.isenabled(), "a finalizer may free memory"
        self.calls.append("record")
        yield
        if not self.is_recordable:
            raise RuntimeError("CUDA error: operation not permitted when stream is capturing")


@pytest.mark.parametrize("n_batch", [1, 2])
def test_bound_steps_give_what_runs_give(session: TorchSession, n_batch: int) -> None:
    expected = stepped(PlainStepper(session, 32, n_batch), 6, n_batch)
    stepper = session.bind(32, n_batch)
    for _ in range(2):
        np.testing.assert_array_equal(stepped(stepper, 6, n_batch), expected)
        stepper.reset()


def test_a_block_the_network_does_not_take_is_refused() -> None:
    spec = ModelSpec("k", 48000, 1, (TensorSpec("x", (None, 1, None)),), (TensorSpec("y", (None, 1, None)),))
    session = TorchSession(spec, "fp32", torch.nn.Conv1d(1, 1, 7), "cpu")
    with pytest.raises(EngineError, match=r"torch refuses blocks of 6 frames \(.*\): choose another length"):
        session.bind(6)


@pytest.mark.parametrize("is_recordable", [True, False])
def test_a_step_on_a_gpu_replays_what_was_recorded_where_it_can_be(
    session: TorchSession, is_recordable: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = stepped(session.bind(32), 4)
    gpu = FakeGpu(monkeypatch, is_recordable)
    gpu.stepper = stepper = CudaStepper(session, 32, 1)
    assert gpu.calls == ["wait", "wait", "record"], "recorded after a warm-up, before the first block of a player"
    gpu.calls.clear()
    assert stepper.is_recorded == is_recordable
    for _ in range(2):
        np.testing.assert_array_equal(stepped(stepper, 4), expected)
        stepper.reset()
    assert gpu.calls == 8 * (["replay", "synchronize"] if is_recordable else ["synchronize"])


def test_a_gpu_that_fails_is_an_engine_error(session: TorchSession, monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = FakeGpu(monkeypatch)
    gpu.stepper = stepper = CudaStepper(session, 32, 1)
    gpu.is_full = True
    with pytest.raises(
        EngineError, match=r"^torch refuses this block \(CUDA out of memory. [^\n]*\): [^\n]* free the GPU$"
    ):
        stepper.step()


def test_a_run_that_fails_is_an_engine_error(two_paths: Artifact) -> None:
    session = TorchSession(TWO_PATHS, "fp32", torch.nn.Bilinear(1, 2, 3), "cpu")
    with pytest.raises(EngineError, match="torch refuses these inputs"):
        session.run(random_inputs(TWO_PATHS))


class Staying(TwoPaths):
    """A network that says it has gone to a GPU."""

    def to(self, device: str) -> Staying:  # type: ignore[override]  # of its many forms only this one is called
        return self


@pytest.mark.parametrize("use_graphs", [True, False])
def test_whole_runs_on_a_gpu_replay_a_graph_per_size_of_batch(
    use_graphs: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    network = Staying()
    monkeypatch.setattr(torch_stepper, "_zeros", lambda shape, device, computes_on: torch.zeros(shape))
    gpus: list[FakeGpu] = []
    plain = TorchSession(TWO_PATHS, "fp32", network, "cpu")
    session = TorchSession(TWO_PATHS, "fp32", network, "cuda", use_graphs=use_graphs)

    def bind(n_frames: int, n_batch: int) -> CudaStepper:
        gpus.append(FakeGpu(monkeypatch))
        gpus[-1].stepper = stepper = CudaStepper(session, n_frames, n_batch)
        return stepper

    monkeypatch.setattr(session, "bind", bind)
    monkeypatch.setattr(session, "_arithmetic", plain._arithmetic)
    monkeypatch.setattr(torch.Tensor, "to", lambda tensor, device: tensor)
    for n_items in (2, 2, 1, 2, 3):
        inputs = random_inputs(TWO_PATHS, n_items)
        expected = plain.run(inputs)
        found = session.run(inputs)
        for name, array in expected.items():
            np.testing.assert_array_equal(found[name], array)
    calls = [call for gpu in gpus for call in gpu.calls]
    assert (calls.count("record"), calls.count("replay")) == ((3, 5) if use_graphs else (0, 0))
    assert len(session._recorded) == (MAX_RECORDED if use_graphs else 0)


@pytest.mark.parametrize("precision", ["bf16", "fp16"])
def test_weights_that_are_cast_before_give_what_autocast_gives(precision: str) -> None:
    """On the CPU, where autocast follows the same rule."""
    torch.manual_seed(0)
    network = TwoPaths()
    session = TorchSession(TWO_PATHS, precision, network, "cpu")
    inputs = random_inputs(TWO_PATHS)
    expected = session.run(inputs)
    cast_weights(network, precision)
    assert network.inner.weight.dtype in (torch.bfloat16, torch.float16)
    for name, array in session.run(inputs).items():
        np.testing.assert_array_equal(array, expected[name])


def test_cudnn_stays_on_and_exact(session: TorchSession, monkeypatch: pytest.MonkeyPatch) -> None:
    class Watching(torch.nn.Module):
        def forward(self, *fed: torch.Tensor) -> tuple[torch.Tensor, ...]:
            self.flags = (torch.backends.cudnn.enabled, torch.backends.cudnn.allow_tf32)
            return fed

    session._module = watching = Watching()
    session.compute([torch.zeros(1)])
    assert watching.flags == (True, False)


def test_the_cpu_is_used_when_asked_though_a_gpu_exists(streaming: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert open_session(streaming, SessionOptions(n_threads=1, torch_builder=f"{HERE}:build")).device == "cpu"


def test_a_gpu_torch_cannot_use_is_told(streaming: Artifact) -> None:
    if torch.cuda.is_available():
        pytest.skip("torch can use this machine's GPU")
    with pytest.raises(EngineError, match="torch finds no NVIDIA GPU that it can use: choose device cpu"):
        open_session(streaming, SessionOptions(torch_builder=f"{HERE}:build", device="cuda"))
