"""`StreamNet`: a streaming network with its spec, run whole or block by block."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from mixassist.errors import OptionError
from mixassist.runtime.layers.layer import StreamLayer
from mixassist.runtime.spec import ModelSpec, TensorSpec


@dataclass(frozen=True)
class Face:
    """What a network is to the outside: family, rate in Hz, channels in and out, and options only the family knows.

    `controls` are inputs that are turned rather than heard, each by its name with a default value per channel.
    """

    kind: str
    rate: int
    n_channels: int = 1
    n_channels_out: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    controls: Mapping[str, Sequence[float]] = field(default_factory=dict)


class StreamNet(nn.Module):
    """A layer [B, n_channels, T] to [B, n_channels_out, T] as a network: `forward(audio, *states)` is the layer's own.

    Controls [B, n, T], given between audio and states, reach the layer as further channels behind the audio.

    Attributes:
        spec: input `audio`, output `audio_out`, both free in T, and the states, named by their place in the layer.

    Raises:
        OptionError: when the layer changes the rate, or is late by a fraction of a sample.
    """

    def __init__(self, layer: StreamLayer, face: Face) -> None:
        super().__init__()
        if layer.rate_change != 1:
            raise OptionError(f"the network gives {layer.rate_change} samples per sample: end it at the rate it has")
        if layer.latency_samples.denominator != 1:
            raise OptionError(f"the network is {layer.latency_samples} samples late: choose n_ahead for whole samples")
        self.layer = layer
        controls = {name: list(map(float, default)) for name, default in face.controls.items()}
        self.spec = ModelSpec(
            kind=face.kind,
            rate=face.rate,
            n_channels=face.n_channels,
            inputs=(
                TensorSpec("audio", (None, face.n_channels, None)),
                *(TensorSpec(name, (None, len(default), None)) for name, default in controls.items()),
            ),
            outputs=(TensorSpec("audio_out", (None, face.n_channels_out, None)),),
            states=tuple(replace(state, name=f"state_{state.name}") for state in layer.states()),
            latency_samples=int(layer.latency_samples),
            block_multiple=layer.block_multiple,
            options={**face.options, **({"controls": controls} if controls else {})},
        )

    def forward(self, audio: Tensor, *fed: Tensor) -> tuple[Tensor, ...]:
        n_controls = len(self.spec.controls)
        heard = torch.cat([audio, *fed[:n_controls]], dim=1) if n_controls else audio
        given: tuple[Tensor, ...] = self.layer(heard, *fed[n_controls:])
        return given

    def run_whole(self, audio: Tensor, **turned: Tensor) -> Tensor:
        """The answer to a whole signal [B, C, T] from silence on, its latency removed; T may be any length.

        Controls [B, n, T] that are not given stay at their defaults.
        """
        n_frames, latency = audio.shape[-1], self.spec.latency_samples
        n_padded = latency + -(n_frames + latency) % self.spec.block_multiple
        controls = (functional.pad(control, (0, n_padded), "replicate") for control in self._controls(audio, turned))
        heard = self(functional.pad(audio, (0, n_padded)), *controls, *self.layer.zeros(len(audio)))[0]
        return heard[..., latency : latency + n_frames]

    def run_blocks(self, audio: Tensor, lengths: Iterable[int], **turned: Tensor) -> Tensor:
        """The answer to a signal [B, C, T] fed in blocks of these lengths, which sum to T: late by the latency."""
        ends = list(itertools.accumulate(lengths))
        controls = self._controls(audio, turned)
        states, parts = self.layer.zeros(len(audio)), []
        for start, end in itertools.pairwise([0, *ends]):
            block = slice(start, end)
            part, *new = self(audio[..., block], *(control[..., block] for control in controls), *states)
            states = tuple(new)
            parts.append(part)
        return torch.cat(parts, dim=-1)

    def _controls(self, audio: Tensor, turned: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """The controls [B, n, T] that go with audio [B, C, T], in the spec's order."""
        held = (
            turned[name] if name in turned else audio.new_tensor(default)[:, None]
            for name, default in self.spec.controls.items()
        )
        return tuple(control.expand(len(audio), -1, audio.shape[-1]) for control in held)
