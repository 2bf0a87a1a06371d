"""Networks with random weights in the shapes that players' networks have, to measure and test engines with.

None of them does anything musical; each stands in for a family that is trained elsewhere:

    conv-stack-16         an amplifier: ten dilated convolutions of 16 channels, sample by sample
    lstm-24               an amplifier as a recurrent network of 24 cells, sample by sample
    gru-step              controls: one recurrent step per 64 samples
    late-conv-16          centred convolutions, which hear a little of the future and so come late
    causal-autoencoder-16 timbre: 16 bands, strides 2 2 2 1, 16 to 128 channels, some 0.9 million weights, 46 states
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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

LEVEL = 0.2
"""Deviation of the noise the networks are levelled with, and of their answer to it."""


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
        _keep_level(layer)
    return StreamNet(layer, Face("stand-in", RATE, options={"stand_in": name})).eval()


def _keep_level(layer: StreamLayer) -> None:
    """Draws weights that hand the level on, for under torch's own a deep network answers with little but its biases."""
    import torch
    from torch import nn

    for module in layer.modules():
        steps = module.stride[0] if isinstance(module, nn.ConvTranspose1d) else 1
        for name, parameter in module.named_parameters(recurse=False):
            n_summed = parameter[0].numel() if parameter.ndim < 3 or steps == 1 else parameter[:, 0].numel() / steps
            nn.init.normal_(parameter, std=0.01 if name.startswith("bias") else n_summed**-0.5)
    with torch.no_grad():
        noise = LEVEL * torch.randn(1, 1, layer.block_multiple * -(-RATE // layer.block_multiple))
        answer = layer(noise, *layer.zeros())[0]
        for parameter in list(layer.parameters())[-2:]:
            parameter.mul_(LEVEL / answer.std())


def _conv_stack() -> StreamLayer:
    from torch import nn

    from mixassist.runtime.layers.convolution import CausalConv1d, ConvOptions
    from mixassist.runtime.layers.layer import Pointwise
    from mixassist.runtime.layers.structure import Chain, Residual

    def block(dilation: int) -> StreamLayer:
        taps = CausalConv1d(16, 16, 3, ConvOptions(dilation=dilation))
        return Residual(16, Chain(taps, Pointwise(nn.Tanh()), CausalConv1d(16, 16, 1)))

    return Chain(CausalConv1d(1, 16, 1), *(block(2**index) for index in range(10)), CausalConv1d(16, 1, 1))


def _lstm() -> StreamLayer:
    from mixassist.runtime.layers.convolution import CausalConv1d
    from mixassist.runtime.layers.recurrence import StreamLSTM
    from mixassist.runtime.layers.structure import Chain

    return Chain(StreamLSTM(1, 24), CausalConv1d(24, 1, 1))


def _gru_step() -> StreamLayer:
    from torch import nn

    from mixassist.runtime.layers.convolution import CausalConv1d, CausalConvTranspose1d, ConvOptions
    from mixassist.runtime.layers.layer import Pointwise
    from mixassist.runtime.layers.recurrence import StreamGRU
    from mixassist.runtime.layers.structure import Chain

    step = ConvOptions(stride=64)
    return Chain(
        CausalConv1d(1, 64, 256, step),
        Pointwise(nn.Tanh()),
        StreamGRU(64, 128),
        CausalConvTranspose1d(128, 1, 128, step),
    )


def _late_conv() -> StreamLayer:
    from torch import nn

    from mixassist.runtime.layers.convolution import CausalConv1d, CausalConvTranspose1d, ConvOptions
    from mixassist.runtime.layers.layer import Pointwise
    from mixassist.runtime.layers.structure import Chain, Residual

    def block(dilation: int) -> StreamLayer:
        centred = CausalConv1d(16, 16, 9, ConvOptions(dilation=dilation, n_ahead=4 * dilation))
        return Residual(16, Chain(centred, Pointwise(nn.Tanh())))

    down = CausalConv1d(1, 16, 16, ConvOptions(stride=4, n_ahead=7))
    up = CausalConvTranspose1d(16, 1, 16, ConvOptions(stride=4, n_ahead=6))
    return Chain(down, *(block(dilation) for dilation in (1, 2, 4)), up)


def _autoencoder() -> StreamLayer:
    from mixassist.runtime.layers.convolution import CausalConv1d, CausalConvTranspose1d, ConvOptions
    from mixassist.runtime.layers.structure import Chain

    widths = (16, 32, 64, 128, 128)
    strides = (2, 2, 2, 1)
    layers: list[StreamLayer] = [CausalConv1d(1, 16, 64, ConvOptions(stride=16)), CausalConv1d(16, widths[0], 7)]
    for stride, n_in, n_out in zip(strides, widths[:-1], widths[1:], strict=True):
        layers += [*_units(n_in), CausalConv1d(n_in, n_out, 2 * stride + 1, ConvOptions(stride=stride))]
    layers += [CausalConv1d(widths[-1], 64, 3), CausalConv1d(64, widths[-1], 3)]
    for stride, n_in, n_out in reversed(tuple(zip(strides, widths[1:], widths[:-1], strict=True))):
        layers += [CausalConvTranspose1d(n_in, n_out, 2 * max(stride, 1), ConvOptions(stride=stride)), *_units(n_out)]
    layers += [CausalConv1d(widths[0], 16, 7), CausalConvTranspose1d(16, 1, 64, ConvOptions(stride=16))]
    return Chain(*layers)


def _units(n_channels: int) -> Iterator[StreamLayer]:
    """Four residual units whose dilations keep the receptive field of a network with larger strides."""
    from torch import nn

    from mixassist.runtime.layers.convolution import CausalConv1d, ConvOptions
    from mixassist.runtime.layers.layer import Pointwise
    from mixassist.runtime.layers.structure import Chain, Residual

    for dilation in (3, 9, 27, 36):
        taps = CausalConv1d(n_channels, n_channels, 3, ConvOptions(dilation=dilation))
        mix = CausalConv1d(n_channels, n_channels, 1)
        yield Residual(n_channels, Chain(Pointwise(nn.LeakyReLU(0.2)), taps, Pointwise(nn.LeakyReLU(0.2)), mix))


STAND_INS: dict[str, Callable[[], StreamLayer]] = {
    "conv-stack-16": _conv_stack,
    "lstm-24": _lstm,
    "gru-step": _gru_step,
    "late-conv-16": _late_conv,
    "causal-autoencoder-16": _autoencoder,
}
