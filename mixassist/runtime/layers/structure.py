"""Layers made of layers: one after the other, side by side, around."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import cast

import torch
from torch import Tensor, nn

from mixassist.errors import OptionError
from mixassist.runtime.layers.layer import Delay, StreamLayer
from mixassist.runtime.spec import TensorSpec


class Chain(StreamLayer):
    """Layers one after the other; latencies add up, each at the rate of its place."""

    def __init__(self, *layers: StreamLayer) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        rate, multiple, latency = Fraction(1), 1, Fraction(0)
        for layer in layers:
            # Blocks of m frames here are m * rate frames there, which the layer's own multiple must divide.
            multiple = math.lcm(multiple, (layer.block_multiple / rate).numerator)
            latency += layer.latency_samples / rate
            rate *= layer.rate_change
        self.rate_change, self.block_multiple, self.latency_samples = rate, multiple, latency

    def states(self) -> tuple[TensorSpec, ...]:
        return _named_states(self.layers)

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        news: list[Tensor] = []
        for layer, own in zip(self.layers, _split(self.layers, states), strict=True):
            x, *new = layer(x, *own)
            news += new
        return (x, *news)


class Parallel(StreamLayer):
    """Branches over the same input, added up or (`is_stacked`) stacked along the channels.

    Each branch is delayed until the slowest has its output, so that all speak of the same moment.

    Args:
        branches: layers of the same rate change.
        n_out: channels each branch gives, in order.
        is_stacked: whether outputs are stacked rather than added.

    Raises:
        OptionError: when the branches end at different rates, or no delay by whole frames aligns them.
    """

    def __init__(self, branches: Sequence[StreamLayer], n_out: Sequence[int], is_stacked: bool = False) -> None:
        super().__init__()
        rates = {branch.rate_change for branch in branches}
        if len(rates) != 1:
            raise OptionError(f"branches change the rate by {', '.join(map(str, sorted(rates)))}: give them one rate")
        (self.rate_change,) = rates
        self.block_multiple = math.lcm(*(branch.block_multiple for branch in branches))
        self.latency_samples = max(branch.latency_samples for branch in branches)
        self.is_stacked = is_stacked
        self.branches = nn.ModuleList(
            self._aligned(branch, n_channels) for branch, n_channels in zip(branches, n_out, strict=True)
        )

    def _aligned(self, branch: StreamLayer, n_channels: int) -> StreamLayer:
        n_frames = (self.latency_samples - branch.latency_samples) * self.rate_change
        if n_frames.denominator != 1:
            raise OptionError(f"a branch is {n_frames} frames early: choose n_ahead so that whole frames are left")
        return Chain(branch, Delay(n_channels, int(n_frames))) if n_frames else branch

    def states(self) -> tuple[TensorSpec, ...]:
        return _named_states(self.branches)

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        outputs: list[Tensor] = []
        news: list[Tensor] = []
        for branch, own in zip(self.branches, _split(self.branches, states), strict=True):
            y, *new = branch(x, *own)
            outputs.append(y)
            news += new
        if self.is_stacked:
            return (torch.cat(outputs, dim=1), *news)
        total = outputs[0]
        for output in outputs[1:]:
            total = total + output
        return (total, *news)


class Residual(Parallel):
    """The input, delayed as much as `body` is, plus what `body` makes of it; [B, n_channels, T] stays that shape."""

    def __init__(self, n_channels: int, body: StreamLayer) -> None:
        super().__init__((Delay(n_channels, 0), body), (n_channels, n_channels))


def _named_states(layers: nn.ModuleList) -> tuple[TensorSpec, ...]:
    """The states of all layers in order, each name led by the index of its layer."""
    return tuple(
        replace(state, name=f"{index}_{state.name}")
        for index, layer in enumerate(_stream_layers(layers))
        for state in layer.states()
    )


def _split(layers: nn.ModuleList, states: Sequence[Tensor]) -> list[Sequence[Tensor]]:
    """Each layer's share of the states."""
    shares, start = [], 0
    for layer in _stream_layers(layers):
        n_own = len(layer.states())
        shares.append(states[start : start + n_own])
        start += n_own
    return shares


def _stream_layers(layers: nn.ModuleList) -> Iterator[StreamLayer]:
    """The layers by their true type, which a ModuleList forgets."""
    return cast("Iterator[StreamLayer]", iter(layers))
