"""Networks with random weights in the shapes that players' networks have, to measure and test engines with.

None of them does anything musical; each stands in for a family that is trained elsewhere:

    conv-stack-16         an amplifier: ten dilated convolutions of 16 channels, sample by sample
    lstm-24               an amplifier as a recurrent network of 24 cells, sample by sample
    gru-step              controls: one recurrent step per 64 samples
    late-conv-16          centred convolutions, which hear a little of the future and so come late
    causal-autoencoder-16 timbre: 16 bands, strides 2 2 2 1, 16 to 128 channels, some 0.9 million weights, 46 states
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mixassist.runtime.artifact import Artifact, ModelCard

if TYPE_CHECKING:
    from mixassist.runtime.layers.layer import StreamLayer
    from mixassist.runtime.layers.net import StreamNet

BUILDER = "benchmarks.stand_ins:build"
"""The `torch_builder` of every stand-in."""

RATE = 48000
"""In Hz; what interfaces run at when someone plays."""


def write_stand_in(name: str, folder: Path) -> Artifact:
    """The artifact of the stand-in called `name`, at `folder / name`."""
    from mixassist.runtime.layers.artifact import write_stream_artifact

    return write_stream_artifact(stand_in(name), ModelCard(name, "MIT", training={"weights": "random"}), folder / name)


def build(artifact: Artifact) -> StreamNet:
    """The torch network of a stand-in's artifact."""
    from mixassist.runtime.layers.artifact import load_weights

    return load_weights(stand_in(artifact.spec.options["stand_in"]), artifact)


def stand_in(name: str) -> StreamNet:
    """The network called `name`, with seeded random weights."""
    import torch

    from mixassist.runtime.layers.net import Face, StreamNet

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        layer = STAND_INS[name]()
    return StreamNet(layer, Face("stand-in", RATE, options={"stand_in": name})).eval()


def _conv_stack(n_channels: int, n_layers: int) -> StreamLayer:
    from torch import nn

    from mixassist.runtime.layers.convolution import CausalConv1d, ConvOptions
    from mixassist.runtime.layers.layer import Pointwise
    from mixassist.runtime.layers.structure import Chain, Residual

    def block(dilation: int) -> StreamLayer:
        taps = CausalConv1d(n_channels, n_channels, 3, ConvOptions(dilation=dilation))
        return Residual(n_channels, Chain(taps, Pointwise(nn.Tanh()), CausalConv1d(n_channels, n_channels, 1)))

    blocks = (block(2**index) for index in range(n_layers))
    return Chain(CausalConv1d(1, n_channels, 1), *blocks, CausalConv1d(n_channels, 1, 1))


STAND_INS: dict[str, Callable[[], StreamLayer]] = {
    "conv-stack-16": partial(_conv_stack, 16, 10),
}
