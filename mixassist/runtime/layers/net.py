"""`StreamNet`: a streaming network with its spec, run whole or block by block."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
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
    """What a network is to the outside: family, rate in Hz, channels in and out, and options only the family knows."""

    kind: str
    rate: int
    n_channels: int = 1
    n_channels_out: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)


class StreamNet(nn.Module):
    """A layer [B, n_channels, T] to [B, n_channels_out, T] as a network: `forward(audio, *states)` is the layer's own.

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
        self.spec = ModelSpec(
            kind=face.kind,
            rate=face.rate,
            n_channels=face.n_channels,
            inputs=(TensorSpec("audio", (None, face.n_channels, None)),),
            outputs=(TensorSpec("audio_out", (None, face.n_channels_out, None)),),
            states=tuple(replace(state, name=f"state_{state.name}") for state in layer.states()),
            latency_samples=int(layer.latency_samples),
            block_multiple=layer.block_multiple,
            options=dict(face.options),
        )

    def forward(self, audio: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        given: tuple[Tensor, ...] = self.layer(audio, *states)
        return given

    def run_whole(self, audio: Tensor) -> Tensor:
        """The answer to a whole signal [B, C, T] from silence on, its latency removed; T may be any length."""
        n_frames, latency = audio.shape[-1], self.spec.latency_samples
        n_padded = latency + -(n_frames + latency) % self.spec.block_multiple
        heard = self(functional.pad(audio, (0, n_padded)), *self.layer.zeros(len(audio)))[0]
        return heard[..., latency : latency + n_frames]

    def run_blocks(self, audio: Tensor, lengths: Iterable[int]) -> Tensor:
        """The answer to a signal [B, C, T] fed in blocks of these lengths, which sum to T: late by the latency."""
        ends = list(itertools.accumulate(lengths))
        states, parts = self.layer.zeros(len(audio)), []
        for start, end in itertools.pairwise([0, *ends]):
            part, *new = self(audio[..., start:end], *states)
            states = tuple(new)
            parts.append(part)
        return torch.cat(parts, dim=-1)
