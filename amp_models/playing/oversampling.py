"""`OversampledSession`: any amp at a multiple of its rate, against aliasing, without touching its network.

Task:
    A network bends its signal, which makes harmonics; those above half its rate fold back as tones that no amplifier
    plays. At a multiple of the rate there is room for them, and the way back to the host's rate takes them out.

Derivation. A network that was made for one rate must at M times the rate still hear what lies k of its own samples
back: k M frames. Frame n M + m then depends only on frames of the same m. So the M interleaved signals
x_m[n] = x[n M + m] go through M streams of the network as it is, with states of their own, and their outputs are
interleaved again. For convolutions this is a dilation times M, for LSTMs a feedback M frames old.

    audio at M · rate ─ take apart ─▶ M streams as one batch ─ interleave ─▶ audio at M · rate

What remains is to change rates before and after, and streams do that (`runtime/streaming/wet_path.py`): to them this
is just a session of M times the rate.

What it does not mend: a network was learned at its own rate, with its folded tones in it, and the response of its
filters repeats above half that rate. `aliasing.py` measures what is gained and what changes.

References:
    A. Carson, A. Wright, J. Chowdhury, V. Välimäki, S. Bilbao, "Sample rate independent recurrent neural networks for
    audio effects processing", DAFx 2024 (delayed feedback).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from mixassist.errors import OptionError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.session import Session, open_session
from mixassist.runtime.spec import ModelSpec, TensorSpec
from mixassist.runtime.stepper import Arrays, Stepper, open_stepper, zeros
from mixassist.runtime.streaming.channels import INPUT, count_streams
from mixassist.runtime.streaming.plan import HostFormat, plan_blocks

FACTORS = (1, 2, 4)
"""At 4 times the rate what is still folded lies below the rest; 8 would cost as much again for less."""


def check_factor(factor: int) -> None:
    """Refuses what is no factor of oversampling.

    Raises:
        OptionError: when it is none of `FACTORS`.
    """
    if factor not in FACTORS:
        raise OptionError(f"oversampling by {factor} is not offered: take {', '.join(map(str, FACTORS))}")


def open_oversampled(
    artifact: Artifact, factor: int, host: HostFormat, engine: str = "auto", precision: str = "auto"
) -> OversampledSession:
    """A network on the CPU at `factor` times its rate, for the blocks of a host.

    Raises:
        EngineError: when the engine cannot be used.
        ModelError: when the network cannot be streamed at such a rate.
    """
    spec = _oversampled(artifact.spec, factor)
    n_frames = plan_blocks(spec, host).n_run // factor
    n_streams = count_streams(artifact.spec, host.n_channels) * factor
    session = open_session(artifact, engine, precision, n_threads=1, device="cpu", n_frames=n_frames, n_batch=n_streams)
    return OversampledSession(session, factor)


class OversampledSession:
    """A session of a streaming network, as one at `factor` times its rate."""

    def __init__(self, session: Session, factor: int) -> None:
        self._session = session
        self._factor = factor
        self.engine, self.precision, self.device = session.engine, session.precision, session.device
        self.spec = _oversampled(session.spec, factor)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        """The network's outputs and new states by name; the states of the M streams lie on axis 1.

        Raises:
            ModelError: when the inputs do not fit the spec.
        """
        self.spec.check_inputs(inputs)
        n_batch = self.spec.count_items(inputs)
        fed = zeros(self._session.spec.inputs, inputs[INPUT].shape[-1] // self._factor, n_batch * self._factor)
        for name, array in fed.items():
            _take_apart(inputs[name], array)
        for tensor in self._session.spec.states:
            fed[tensor.name] = inputs[tensor.name].reshape(-1, *inputs[tensor.name].shape[2:])
        given = self._session.run(fed)
        outputs = zeros(self.spec.outputs, inputs[INPUT].shape[-1], n_batch)
        for name, array in outputs.items():
            _interleave(given.pop(name), array)
        return outputs | {name: array.reshape(n_batch, self._factor, *array.shape[1:]) for name, array in given.items()}

    def bind(self, n_frames: int, n_batch: int = 1) -> Stepper:
        """A stepper in blocks of `n_frames` at the higher rate.

        Raises:
            EngineError: when the engine cannot run such blocks.
            ModelError: when the network cannot.
        """
        self.spec.check_frames(n_frames)
        inner = open_stepper(self._session, n_frames // self._factor, n_batch * self._factor)
        return _OversampledStepper(inner, self.spec, n_frames, n_batch)


class _OversampledStepper:
    def __init__(self, inner: Stepper, spec: ModelSpec, n_frames: int, n_batch: int) -> None:
        self._inner = inner
        self.inputs: Arrays = zeros(spec.inputs, n_frames, n_batch)
        self.outputs: Arrays = zeros(spec.outputs, n_frames, n_batch)

    def step(self) -> None:
        for name, array in self.inputs.items():
            _take_apart(array, self._inner.inputs[name])
        self._inner.step()
        for name, array in self.outputs.items():
            _interleave(self._inner.outputs[name], array)

    def reset(self) -> None:
        self._inner.reset()


def _take_apart(whole: NDArray[Any], parts: NDArray[Any]) -> None:
    """Writes frames [B, C, n M] as streams [B M, C, n]."""
    n_batch, n_channels, n_frames = whole.shape
    factor = len(parts) // n_batch
    shape = n_batch, n_channels, n_frames // factor, factor
    parts.reshape(n_batch, factor, *parts.shape[1:])[:] = whole.reshape(shape).transpose(0, 3, 1, 2)


def _interleave(parts: NDArray[Any], whole: NDArray[Any]) -> None:
    """Writes streams [B M, C, n] as frames [B, C, n M]."""
    n_batch, n_channels, n_frames = whole.shape
    factor = len(parts) // n_batch
    shape = n_batch, n_channels, n_frames // factor, factor
    whole.reshape(shape)[:] = parts.reshape(n_batch, factor, *parts.shape[1:]).transpose(0, 2, 3, 1)


def _oversampled(spec: ModelSpec, factor: int) -> ModelSpec:
    """The face of a network at a multiple of its rate; a batch of states is one of `factor` streams each."""
    return replace(
        spec,
        rate=factor * spec.rate,
        inputs=tuple(_longer(tensor, factor) for tensor in spec.inputs),
        outputs=tuple(_longer(tensor, factor) for tensor in spec.outputs),
        states=tuple(replace(tensor, shape=(None, factor, *tensor.shape[1:])) for tensor in spec.states),
        latency_samples=factor * spec.latency_samples,
        block_multiple=factor * spec.block_multiple,
    )


def _longer(tensor: TensorSpec, factor: int) -> TensorSpec:
    *others, n_frames = tensor.shape
    return tensor if n_frames is None else replace(tensor, shape=(*others, factor * n_frames))
