"""One array of WaveNet layers and its gradient: what the compiled layers need is laid out, and kept for the way back.

Conventions:
    Signals are [C, T] and end at the same sample; each convolution returns fewer samples than it takes. The knobs [K]
    stand still while a piece is played, so that what the mixers make of them is a bias: its gradient is that of the
    bias, times the knob.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from amp_models.learning.parameters import Places, beside
from amp_models.learning.wavenet_layer import (
    convolve,
    convolve_input_gradient,
    convolve_weight_gradient,
    layer_backward,
    layer_forward,
)
from amp_models.learning.workspace import Workspace
from amp_models.wavenet.config import Activation, LayerArray
from mixassist.errors import ModelError

Array = NDArray[np.float32]

TANH = -1.0
"""What stands for tanh where a slope is asked for."""

NOTHING: Array = np.empty((0, 0), np.float32)
N_PER_LAYER = 5


class Piece(NamedTuple):
    """What the whole network is given: audio [T] and where the knobs [K] stand."""

    audio: Array
    knobs: Array


@dataclass(frozen=True)
class Heard:
    """What an array heard, what each of its layers heard and bent, and what they gathered for the head."""

    x: Array
    layers: list[tuple[Array, Array]]
    head: Array


class ArrayLearner:
    """The arithmetic of one array; its parameters come from outside, in the order of the file.

    Attributes:
        n_past: samples that its layers take before the first one they hand on.
        n_past_of_head: likewise of its head.
    """

    def __init__(self, config: LayerArray) -> None:
        _require_plain(config)
        self.config = config
        self.slope = _slope(config.layers[0].activation)
        self.n_past = sum((layer.kernel - 1) * layer.dilation for layer in config.layers)
        self.n_past_of_head = (config.head.kernel - 1) * config.head.dilation
        self._head_taps = (config.head.kernel, config.head.dilation)
        self._workspace = Workspace()

    def shapes(self) -> list[tuple[int, ...]]:
        """Of the parameters: rechannel, five for each layer, head, and the head's bias if it has one."""
        n, n_condition, head = self.config.n_channels, self.config.n_condition, self.config.head
        layers = self.config.layers
        each = [part for layer in layers for part in ((n, n * layer.kernel), (n,), (n, n_condition), (n, n), (n,))]
        bias = [(head.n_out,)] if head.has_bias else []
        return [(n, self.config.n_in), *each, (head.n_out, n * head.kernel), *bias]

    def matrices(self, places: Sequence[Places]) -> list[Places]:
        """The places of its linear maps, each with its bias as a further column."""
        ends = 1 + N_PER_LAYER * len(self.config.layers)
        maps = [places[0]] if self.config.n_in > 1 else []
        for first in range(1, ends, N_PER_LAYER):
            weight, bias, mixer, handing, lift = places[first : first + N_PER_LAYER]
            maps += [beside(weight, bias, mixer), beside(handing, lift)]
        return [*maps, beside(*places[ends:])]

    def forward(self, parameters: Sequence[Array], x: Array, head: Array, piece: Piece) -> tuple[Array, Array, Heard]:
        """What the array hands on, what its head makes, and what is kept; `head` [C, m] is added to, not changed.

        They lie in a workspace: the next call of the same thread overwrites them.
        """
        space, n_channels = self._workspace, self.config.n_channels
        heard = Heard(x, [], space.array("head", *head.shape))
        heard.head[:] = head
        x = np.matmul(parameters[0], x, out=space.array("x", n_channels, x.shape[1]))
        for index, layer in enumerate(self.config.layers):
            weights = _merged(_of_layer(parameters, index), piece.knobs)
            n_left = x.shape[1] - (layer.kernel - 1) * layer.dilation
            bent, handed = (space.array((what, index), n_channels, n_left) for what in ("bent", "handed"))
            shape = (layer.kernel, layer.dilation, self.slope)
            layer_forward(x, piece.audio, weights, shape, (bent, handed, heard.head))
            heard.layers.append((x, bent))
            x = handed
        made = np.zeros((self.config.head.n_out, head.shape[1] - self.n_past_of_head), np.float32)
        weight, *bias = parameters[1 + N_PER_LAYER * len(self.config.layers) :]
        for values in bias:
            made += values[:, None]
        convolve(made, heard.head, weight, self._head_taps, (made.shape[1], 0, 0))
        return x, made, heard

    def backward(
        self,
        parameters: Sequence[Array],
        found: Sequence[Array],
        gradients: tuple[Array, Array],
        what: tuple[Heard, Piece],
    ) -> tuple[Array, Array]:
        """Gradients of the array's input and of the head it began with, from those of what it handed on and made.

        Those of the parameters are added to `found`.
        """
        (of_x, of_made), (heard, piece) = gradients, what
        of_head = self._head_backward(parameters, found, of_made, heard.head)
        for index in reversed(range(len(self.config.layers))):
            layer, (x, bent) = self.config.layers[index], heard.layers[index]
            own, own_found = _of_layer(parameters, index), _of_layer(found, index)
            of_input = self._workspace.array(("of_x", index % 2), *x.shape)
            of_audio, of_bias = np.zeros((2, x.shape[0]), np.float32)
            layer_backward(
                (x, piece.audio, bent),
                _merged(own, piece.knobs),
                (layer.kernel, layer.dilation, self.slope),
                (of_x, of_head, of_input),
                (own_found[0], of_bias, of_audio, own_found[3], own_found[4]),
            )
            own_found[1][:] += of_bias
            own_found[2][:, 0] += of_audio
            own_found[2][:, 1:] += of_bias[:, None] * piece.knobs
            of_x = of_input
        found[0][:] += of_x @ heard.x.T
        return parameters[0].T @ of_x, of_head

    def _head_backward(self, parameters: Sequence[Array], found: Sequence[Array], of_made: Array, head: Array) -> Array:
        first = 1 + N_PER_LAYER * len(self.config.layers)
        of_head, span = np.zeros_like(head), (of_made.shape[1], 0, 0)
        convolve_weight_gradient(found[first], of_made, head, self._head_taps, span)
        convolve_input_gradient(of_head, of_made, parameters[first], self._head_taps, span)
        if self.config.head.has_bias:
            found[first + 1][:] += of_made.sum(axis=1)
        return of_head


def _of_layer(parameters: Sequence[Array], index: int) -> Sequence[Array]:
    return parameters[1 + N_PER_LAYER * index : 1 + N_PER_LAYER * (index + 1)]


def _merged(parameters: Sequence[Array], knobs: Array) -> tuple[Any, ...]:
    """A layer's parameters with the knobs worked into its bias, and the audio alone left in its mixer."""
    weight, bias, mixer, handing, lift = parameters
    return weight, bias + mixer[:, 1:] @ knobs, np.ascontiguousarray(mixer[:, 0]), handing, lift


def _slope(activation: Activation) -> float:
    return TANH if activation.kind == "Tanh" else float(activation.values.get("negative_slope", 0.01))


def _require_plain(config: LayerArray) -> None:
    """Refuses what no size of ours has.

    Raises:
        ModelError: when there are gates, groups, bottlenecks or FiLM, or curves other than tanh and leaky rectifiers.
    """
    first = config.layers[0].activation
    is_even = all(layer.activation == first and layer.gating == "none" for layer in config.layers)
    is_whole = (config.layer1x1_groups, config.head1x1_groups, config.groups, config.mixer_groups) == (1, 0, 1, 1)
    is_straight = config.n_bottleneck == config.n_channels and not config.films
    if not (is_even and is_whole and is_straight and first.kind in ("Tanh", "LeakyReLU")):
        raise ModelError("a WaveNet with gates, groups, FiLM or other curves is played but not trained here")
