"""Networks of `.nam` files in torch: every architecture as a streaming network that starts at rest.

A network is built from its config, then its weights are filled in from the file's flat list. The order is that of the
architecture: of torch's own layouts for convolutions (out, in, tap; the last tap is the newest frame), of torch's gates
i f g o for LSTMs.

References:
    neural-amp-modeler's docs/source/model-file.rst; NeuralAmpModelerCore, NAM/lstm.cpp, convnet.cpp and linear.cpp.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from amp_models.nam.facts import KIND
from amp_models.nam.format import LEGACY_VERSION, NEWEST_VERSION, Nam, nam_from_dict
from amp_models.nam.loudness import Play
from amp_models.wavenet.config import WaveNetConfig
from amp_models.wavenet.net import WaveNet, bend
from amp_models.wavenet.schema import activation_of, parse_wavenet, write_wavenet
from mixassist.audio.buffer import Samples
from mixassist.errors import ModelError
from mixassist.runtime.layers.convolution import ConvOptions
from mixassist.runtime.layers.layer import Pointwise, StreamLayer
from mixassist.runtime.layers.net import Face, StreamNet
from mixassist.runtime.layers.rest import RestingConv1d, RestingLSTM, settle
from mixassist.runtime.layers.structure import Chain

CONV_NET_KERNEL = 2
"""The only kernel a ConvNet has."""


def build_net(nam: Nam, options: Mapping[str, Any] | None = None) -> StreamNet:
    """The network of a model, at rest; `options` are plain JSON values for its spec.

    Raises:
        ModelError: when the config is none of its architecture's, the weights are too few or too many, or the network
            is not for one channel in and one out.
    """
    layer, n_in, n_out = build_layer(nam)
    if (n_in, n_out) != (1, 1):
        raise ModelError(f"the {nam.architecture} makes {n_out} channels of {n_in}: amps are mono, give a model of one")
    return StreamNet(layer, Face(KIND, nam.rate, options=options or {}))


@contextmanager
def one_thread() -> Iterator[None]:
    """Keeps torch to one thread: networks this small gain nothing from a second, and an LSTM waits for it every sample.

    Where another program has that core, the wait is the other program's turn: minutes instead of a second.
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def player(nam: Nam) -> Play:
    """The network of a model to play with at once, from rest on; long takes want `open_stream` instead.

    Raises:
        ModelError: as `build_net`.
    """
    net = build_net(nam)

    def play(samples: Samples) -> Samples:
        with torch.inference_mode(), one_thread():
            heard: Samples = net.run_whole(torch.from_numpy(samples)[:, None])[:, 0].numpy()
        return heard

    return play


def build_layer(nam: Nam) -> tuple[StreamLayer, int, int]:
    """The network of a model as a layer at rest, with its channels in and out.

    Raises:
        ModelError: when the config is none of its architecture's, or the weights are too few or too many.
    """
    try:
        layer, n_in, n_out = BUILDERS[nam.architecture](nam)
        settle(layer.eval(), [0.0] * n_in)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(
            f"the {nam.architecture}'s config cannot be built ({reason}): export the model again"
        ) from error
    return layer, n_in, n_out


def unsettled_layer(nam: Nam) -> StreamLayer:
    """The network of a model as a layer whose rest is zero, for weights that are still to change.

    Raises:
        ModelError: when the weights are too few or too many.
    """
    layer: StreamLayer = BUILDERS[nam.architecture](nam)[0]
    return layer


def weights_by_name(layer: StreamLayer, weights: Tensor) -> dict[str, Tensor]:
    """The flat weights of a WaveNet's or LSTM's file as the parameters that torch knows in `layer`, by their names."""
    names = {parameter: name for name, parameter in layer.named_parameters()}
    if isinstance(layer, WaveNet):
        own = layer.own_parameters()
        parts = weights.split([parameter.numel() for parameter in own])
        return {names[p]: part.reshape(p.shape) for p, part in zip(own, parts, strict=True)}
    found: dict[str, Tensor] = {}
    assert isinstance(layer, Chain)
    *lstms, head = layer.layers
    for lstm in lstms:
        assert isinstance(lstm, RestingLSTM)
        held = dict(lstm.cells.named_parameters())
        n_in, n_cells = lstm.cells.input_size, lstm.cells.hidden_size
        sizes = [4 * n_cells * (n_in + n_cells), 4 * n_cells, 2 * n_cells]
        joined, bias, _, weights = weights.split([*sizes, weights.numel() - sum(sizes)])
        joined = joined.reshape(4 * n_cells, n_in + n_cells)
        parts = {"weight_ih_l0": joined[:, :n_in], "weight_hh_l0": joined[:, n_in:], "bias_ih_l0": bias}
        found |= {names[held[name]]: part for name, part in parts.items()}
    own = list(head.parameters())
    parts = weights.split([parameter.numel() for parameter in own])
    return found | {names[p]: part.reshape(p.shape) for p, part in zip(own, parts, strict=True)}


def _wavenet(nam: Nam) -> tuple[StreamLayer, int, int]:
    config = parse_wavenet(nam.config)
    condition = None
    if config.condition is not None:
        condition, *_ = build_layer(nam_from_dict(config.condition, "the condition's network"))
    net = WaveNet(config, condition)
    parameters = net.own_parameters()
    with torch.no_grad():
        for parameter, values in zip(parameters, _split(nam, [p.shape for p in parameters]), strict=True):
            parameter.copy_(values)
    return net, config.n_in, config.n_out


def _lstm(nam: Nam) -> tuple[StreamLayer, int, int]:
    n_cells, n_layers = int(nam.config["hidden_size"]), int(nam.config["num_layers"])
    widths = [int(nam.config["input_size"])] + [n_cells] * (n_layers - 1)
    cells = [RestingLSTM(n_in, n_cells) for n_in in widths]
    head = RestingConv1d(n_cells, 1, 1)
    shapes = [shape for n_in in widths for shape in ((4 * n_cells, n_in + n_cells), (4 * n_cells,), *[(n_cells,)] * 2)]
    *parts, weight, bias = _split(nam, [*shapes, (1, n_cells, 1), (1,)])
    with torch.no_grad():
        for index, (layer, n_in) in enumerate(zip(cells, widths, strict=True)):
            joined, biases, hidden, cell = parts[4 * index : 4 * index + 4]
            held = dict(layer.cells.named_parameters())
            held["weight_ih_l0"].copy_(joined[:, :n_in])
            held["weight_hh_l0"].copy_(joined[:, n_in:])
            held["bias_ih_l0"].copy_(biases)
            held["bias_hh_l0"].zero_()
            layer.first_hidden.copy_(hidden)
            layer.first_cell.copy_(cell)
        _fill(head, weight, bias)
    return Chain(*cells, head), widths[0], 1


def _conv_net(nam: Nam) -> tuple[StreamLayer, int, int]:
    n_channels, has_norm = int(nam.config["channels"]), bool(nam.config["batchnorm"])
    dilations, groups = [int(dilation) for dilation in nam.config["dilations"]], int(nam.config.get("groups", 1))
    activation = activation_of(nam.config["activation"])
    layers: list[StreamLayer] = []
    shapes: list[tuple[int, ...]] = []
    convolutions = []
    n_in = 1
    for dilation in dilations:
        options = ConvOptions(dilation=dilation, groups=groups)
        convolutions.append(RestingConv1d(n_in, n_channels, CONV_NET_KERNEL, options))
        layers += [convolutions[-1], Pointwise(_Curve(bend(activation)))]
        after = [(n_channels,)] * 4 + [(1,)] if has_norm else [(n_channels,)]
        shapes += [(n_channels, n_in // groups, CONV_NET_KERNEL), *after]
        n_in = n_channels
    head = RestingConv1d(n_channels, 1, 1)
    *parts, weight, bias = _split(nam, [*shapes, (1, n_channels, 1), (1,)])
    n_parts = len(parts) // max(len(dilations), 1)
    with torch.no_grad():
        for index, convolution in enumerate(convolutions):
            _fill(convolution, *_without_norm(parts[index * n_parts : (index + 1) * n_parts]))
        _fill(head, weight, bias)
    return Chain(*layers, head), 1, 1


def _without_norm(parts: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Weight and bias of a convolution with the batch norm behind it, if there is one, worked in.

    Parts are weight, then bias, or mean, variance, gain, bias and epsilon of the norm.
    """
    if len(parts) == 2:
        return parts[0], parts[1]
    weight, mean, variance, gain, bias, epsilon = (part.double() for part in parts)
    scale = gain / torch.sqrt(variance + epsilon)
    return weight * scale[:, None, None], bias - scale * mean


def _linear(nam: Nam) -> tuple[StreamLayer, int, int]:
    """An impulse response, its first tap first: so its player reads it, and not its trainer."""
    n_taps, has_bias = int(nam.config["receptive_field"]), bool(nam.config["bias"])
    convolution = RestingConv1d(1, 1, n_taps)
    taps, *bias = _split(nam, [(1, 1, n_taps), *[(1,)] * has_bias])
    with torch.no_grad():
        _fill(convolution, taps.flip(-1), bias[0] if bias else torch.zeros(1))
    return convolution, 1, 1


BUILDERS = {"WaveNet": _wavenet, "LSTM": _lstm, "ConvNet": _conv_net, "Linear": _linear}


class _Curve(nn.Module):
    """A function as a module."""

    def __init__(self, curve: Any) -> None:
        super().__init__()
        self.curve = curve

    def forward(self, x: Tensor) -> Tensor:
        bent: Tensor = self.curve(x)
        return bent


def _fill(layer: RestingConv1d, weight: Tensor, bias: Tensor) -> None:
    assert layer.convolution.bias is not None
    layer.convolution.weight.copy_(weight)
    layer.convolution.bias.copy_(bias)


def _split(nam: Nam, shapes: Sequence[Sequence[int]]) -> list[Tensor]:
    """The flat weights as tensors of these shapes.

    Raises:
        ModelError: when they are too few or too many.
    """
    sizes = [prod(shape) for shape in shapes]
    if sum(sizes) != nam.weights.size:
        raise ModelError(
            f"the file holds {nam.weights.size} weights, its {nam.architecture} takes {sum(sizes)}:"
            " it is damaged or cut off: download or export it again"
        )
    parts = torch.from_numpy(nam.weights).split(sizes)
    return [part.reshape(tuple(shape)) for part, shape in zip(parts, shapes, strict=True)]


def wavenet_nam(net: WaveNet, config: WaveNetConfig, metadata: Mapping[str, Any], rate: int) -> Nam:
    """The file's form of a WaveNet: legacy where that can say it, which every player reads, else the newest.

    The gain is told twice, in the config and as the last weight, which is the one that counts.
    """
    weights = _flat(net.own_parameters())
    version = LEGACY_VERSION if config.is_legacy else NEWEST_VERSION
    data = write_wavenet(config, config.is_legacy) | {"head_scale": float(weights[-1])}
    return Nam("WaveNet", data, weights, version, rate, metadata)


def lstm_nam(net: Chain, metadata: Mapping[str, Any], rate: int) -> Nam:
    """The file's form of LSTM layers and a head, as `build_layer` makes them."""
    layers = [layer for layer in net.layers if isinstance(layer, RestingLSTM)]
    parts: list[Tensor] = []
    for layer in layers:
        held = dict(layer.cells.named_parameters())
        joined = torch.cat([held["weight_ih_l0"], held["weight_hh_l0"]], dim=1)
        parts += [joined, held["bias_ih_l0"] + held["bias_hh_l0"], layer.first_hidden, layer.first_cell]
    first = layers[0].cells
    config = {"input_size": first.input_size, "hidden_size": first.hidden_size, "num_layers": len(layers)}
    return Nam("LSTM", config, _flat([*parts, *net.layers[-1].parameters()]), LEGACY_VERSION, rate, metadata)


def _flat(tensors: Sequence[Tensor]) -> NDArray[np.float32]:
    array: NDArray[np.float32] = torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).float().cpu().numpy()
    return array
