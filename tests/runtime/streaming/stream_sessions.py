"""Streaming sessions without an engine: what goes in comes out again, louder and later as asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.runtime.spec import ModelSpec, TensorSpec


@dataclass(frozen=True)
class Echo:
    """What an `EchoSession` does: `gain` times the input, `latency_samples` late, channel by channel."""

    rate: int = 48000
    gain: float = 1.0
    latency_samples: int = 0
    block_multiple: int = 1
    n_channels: int = 1


class EchoSession:
    """A delay line whose past is a state, in blocks of `block_multiple`; its channels may each have their own gain."""

    engine = "fake"
    precision = "fp32"
    device = "cpu"

    def __init__(self, echo: Echo = Echo(), channel_gains: tuple[float, ...] = (1.0,)) -> None:
        self.gains = echo.gain * np.array(channel_gains, dtype=np.float32)[:, None]
        self.lengths: list[int] = []
        self.spec = ModelSpec(
            kind="echo",
            rate=echo.rate,
            n_channels=echo.n_channels,
            inputs=(TensorSpec("audio", (None, echo.n_channels, None)),),
            outputs=(TensorSpec("audio_out", (None, echo.n_channels, None)),),
            states=(TensorSpec("past", (None, echo.n_channels, echo.latency_samples)),),
            latency_samples=echo.latency_samples,
            block_multiple=echo.block_multiple,
        )

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        self.spec.check_inputs(inputs)
        n_frames = inputs["audio"].shape[-1]
        assert n_frames % self.spec.block_multiple == 0
        self.lengths.append(n_frames)
        whole = np.concatenate([inputs["past"], inputs["audio"]], axis=-1)
        return {"audio_out": self.gains * whole[..., :n_frames], "past_out": whole[..., n_frames:]}


class FragileSession(EchoSession):
    """An echo that a sample beyond 1e20 breaks for good: like any network, it carries NaN on in its states."""

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        given = super().run(inputs)
        if not all((np.abs(array) < 1e20).all() for array in inputs.values()):
            given = {name: np.full_like(array, np.nan) for name, array in given.items()}
        return given


class BoundSession(EchoSession):
    """An echo with a stepper of its own, which allocates nothing."""

    def bind(self, n_frames: int, n_batch: int = 1) -> BoundStepper:
        return BoundStepper(np.zeros((n_batch, self.spec.n_channels, n_frames), dtype=np.float32))


class BoundStepper:
    """Copies its input to its output."""

    def __init__(self, audio: NDArray[np.float32]) -> None:
        self.inputs = {"audio": audio}
        self.outputs = {"audio_out": np.zeros_like(audio)}

    def step(self) -> None:
        np.copyto(self.outputs["audio_out"], self.inputs["audio"])

    def reset(self) -> None:
        pass


def in_a_thread(work: Callable[[], Any]) -> Any:
    """What `work` gives in a new thread."""
    given: list[Any] = []
    thread = threading.Thread(target=lambda: given.append(work()))
    thread.start()
    thread.join()
    return given[0]


def pieces(samples: NDArray[np.float32], block: int) -> list[NDArray[np.float32]]:
    """Full blocks [C, block] of samples [C, T]; what is left over is dropped."""
    return [samples[:, first : first + block] for first in range(0, samples.shape[1] - block + 1, block)]


def play(stream: Any, blocks: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """What the stream gives for the blocks, one after the other."""
    return np.concatenate([stream.process(block).copy() for block in blocks], axis=1)


def late(samples: NDArray[Any], n_frames: int, length: int) -> NDArray[Any]:
    """The samples after `n_frames` zeros, cut to `length`."""
    return np.pad(samples, ((0, 0), (n_frames, 0)))[:, :length]
