"""A network run on a host's channels, whatever number of channels it was trained on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.errors import ModelError
from mixassist.runtime.session import Session
from mixassist.runtime.spec import ModelSpec
from mixassist.runtime.stepper import open_stepper
from mixassist.runtime.streaming.control import Control

INPUT, OUTPUT = "audio", "audio_out"
"""What the one input and the one output of a streaming network are called; both are [B, C, n]."""

N_WARM_UP = 20
"""The first runs of an engine are slow: it allocates, plans and fills caches. They are run before anybody listens."""


class ChannelRunner:
    """Runs frames [n_channels, n_run] through a network of as many channels, of one, or of several for a mono host.

    A network of one channel runs once per host channel, as a batch, each with states of its own. A mono host on a
    network of several channels feeds them all, and hears their mean. `controls` turn all of its streams alike.
    """

    def __init__(self, session: Session, n_channels: int, n_run: int) -> None:
        n_streams = count_streams(session.spec, n_channels)
        self._stepper = open_stepper(session, n_run, n_streams)
        n_fed = self._stepper.inputs[INPUT].size // n_run
        self._input = self._stepper.inputs[INPUT].reshape(n_fed, n_run)
        self._output = self._stepper.outputs[OUTPUT].reshape(n_fed, n_run)
        self._is_mean = n_fed > n_channels
        self.controls: Mapping[str, Control] = {
            name: Control(self._stepper.inputs[name], default, session.spec.rate)
            for name, default in session.spec.controls.items()
        }
        for _ in range(N_WARM_UP):
            self._stepper.step()
        self.reset()

    def run(self, frames: Samples, out: Samples) -> None:
        """Writes what the network makes of `frames` into `out`, both [n_channels, n_run]."""
        self._input[:] = frames
        for control in self.controls.values():
            control.advance()
        self._stepper.step()
        if self._is_mean:
            np.mean(self._output, axis=0, keepdims=True, out=out)
        else:
            out[:] = self._output

    def reset(self) -> None:
        """Puts the network's states back to zero, and its controls to where they were going."""
        self._stepper.reset()
        for control in self.controls.values():
            control.jump()


def count_streams(spec: ModelSpec, n_channels: int) -> int:
    """How many streams of a network serve a host of `n_channels`: one each where it has one channel, else one for all.

    Raises:
        ModelError: when the network has other tensors than a stream, or its channels do not fit the host's.
    """
    given, made = (tuple((tensor.name, tensor.shape) for tensor in tensors) for tensors in (spec.inputs, spec.outputs))
    shape = spec.inputs[0].shape if spec.inputs else ()
    n_net_channels = shape[1] if len(shape) == 3 and shape[0] is None else None
    turned = tuple((name, (None, len(default), *shape[2:])) for name, default in spec.controls.items())
    if n_net_channels is None or (given, made) != (((INPUT, shape), *turned), ((OUTPUT, shape),)):
        raise ModelError(
            f"a {spec.kind} model takes {_told(given)} and gives {_told(made)}: a stream needs a model of one input,"
            f" {INPUT}, and one output, {OUTPUT}, with as many channels, both (None, C, n), and controls as its options"
            " name them"
        )
    if n_net_channels != 1 and n_channels not in (1, n_net_channels):
        raise ModelError(
            f"a {spec.kind} model of {n_net_channels} channels cannot serve a host of {n_channels}:"
            f" open the stream with n_channels={n_net_channels} or 1"
        )
    return n_channels if n_net_channels == 1 else 1


def _told(tensors: tuple[tuple[str, tuple[int | None, ...]], ...]) -> str:
    return ", ".join(f"{name} {shape}" for name, shape in tensors) or "nothing"
