"""A small network that streams and has knobs: what is heard through a filter is bent as far as they say."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mixassist.runtime.artifact import Artifact
from mixassist.runtime.layers.artifact import load_weights
from mixassist.runtime.layers.layer import Pointwise
from mixassist.runtime.layers.net import Face, StreamNet
from mixassist.runtime.layers.rest import RestingConv1d
from mixassist.runtime.layers.structure import Chain

HERE = "tests.runtime.controlled_network"
DEFAULT = (0.5, 0.25)


class Bent(nn.Module):
    """tanh of the first channel times the second, plus the third."""

    def forward(self, x: Tensor) -> Tensor:
        return torch.tanh(x[:, :1] * (1 + 4 * x[:, 1:2])) + x[:, 2:]


def controlled() -> StreamNet:
    """Knobs `drive` and `offset` in one control, bent before a filter of 30 taps."""
    torch.manual_seed(0)
    layer = Chain(Pointwise(Bent()), RestingConv1d(1, 1, 30))
    return StreamNet(layer, Face("controlled", 48000, controls={"knobs": DEFAULT})).eval()


def build(artifact: Artifact) -> StreamNet:
    return load_weights(controlled(), artifact)
