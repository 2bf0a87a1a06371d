"""Layers whose zero state is the network at rest, not a network that was switched on a moment ago.

Task:
    Biases keep a network's inner signals away from zero even in silence. One that starts with zeros in its pasts first
    has to settle, which is heard as a click and takes a second guess for every level that is measured. Whoever played
    silence for ever beforehand would find the pasts at some constant value: the rest.

Conventions:
    A state holds the deviation from rest, so that streams go on starting, and resetting, with zeros, on every engine.
    For a convolution of weights W and bias b that costs one subtraction: W * (x - r) + (b + Σ W r) = W * x + b.
    `settle` finds the rest once, after the weights are in place; until then it is zero, and so are untrained networks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack

import torch
from torch import Tensor, nn
from torch.nn import functional

from mixassist.runtime.layers.convolution import CausalConv1d, ConvOptions
from mixassist.runtime.layers.layer import StreamLayer
from mixassist.runtime.layers.recurrence import StreamLSTM


class RestingConv1d(CausalConv1d):
    """A convolution over the past that starts as if its input had rested at `rest` [n_in, 1] for ever.

    `lift` [n_out] is what the rest alone gives, bias apart.
    """

    rest: Tensor
    lift: Tensor

    def __init__(self, n_in: int, n_out: int, kernel: int, options: ConvOptions | None = None) -> None:
        super().__init__(n_in, n_out, kernel, options)
        self.register_buffer("rest", torch.zeros(n_in, 1))
        self.register_buffer("lift", torch.zeros(n_out))

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        if not states:
            return super().forward(x)
        conv = self.convolution
        whole = torch.cat([*states, x - self.rest], dim=-1)
        bias = self.lift if conv.bias is None else conv.bias + self.lift
        y = functional.conv1d(whole, conv.weight, bias, dilation=conv.dilation, groups=conv.groups)
        return y, whole[..., -self._n_past :]

    def rest_at(self, x: Tensor) -> None:
        """Takes the last frame of `x` [1, n_in, T] for the rest."""
        conv = self.convolution
        self.rest = x[0, :, -1:].clone()
        flat = conv.weight.sum(dim=-1, keepdim=True)
        self.lift = functional.conv1d(self.rest[None], flat, groups=conv.groups)[0, :, 0]


class RestingLSTM(StreamLSTM):
    """An LSTM that starts with `first_hidden` and `first_cell` [n_cells] in its states."""

    first_hidden: Tensor
    first_cell: Tensor

    def __init__(self, n_in: int, n_cells: int) -> None:
        super().__init__(n_in, n_cells)
        self.register_buffer("first_hidden", torch.zeros(n_cells))
        self.register_buffer("first_cell", torch.zeros(n_cells))

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        hidden, cell = states
        y, hidden, cell = super().forward(x, hidden + self.first_hidden, cell + self.first_cell)
        return y, hidden - self.first_hidden, cell - self.first_cell


@torch.no_grad()
def settle(layer: StreamLayer, silence: Sequence[float]) -> None:
    """Puts every resting convolution of a layer to the rest that an endless `silence` leads to.

    That is one value per channel: 0 for sound, and for a control where it stands.

    One frame is enough, whatever the receptive field: each convolution takes the value that reaches it for its whole
    past, and so hands on what an endless silence would. Computed in float64, for errors of the early layers travel.
    """
    dtype = next(layer.parameters()).dtype
    layer.double()
    with ExitStack() as stack:
        for convolution in _resting(layer):
            handle = convolution.register_forward_pre_hook(lambda module, inputs: module.rest_at(inputs[0]))
            stack.callback(handle.remove)
        layer(torch.tensor(silence, dtype=torch.float64)[None, :, None], *layer.zeros())
    layer.to(dtype)


def _resting(layer: nn.Module) -> Iterator[RestingConv1d]:
    return (module for module in layer.modules() if isinstance(module, RestingConv1d))
