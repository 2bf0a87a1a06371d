"""WaveNets of amp captures in torch, with their pasts as states.

Each layer of an array bends what comes from the one before, with the condition mixed in, hands it on and leaves a part
for the head:

    z = conv(x) + mixer(c),  a = act(z),  x ← x + layer1x1(a),  head ← head + a,  y = scale · head_rechannel(head)

The condition c is the input itself, or what another network makes of it; in seven more places it may scale and shift
(FiLM). An input of more channels than the first array takes is heard there by its first ones, and by the condition
whole: the others are knobs. The modules are registered in the order in which files list their weights.

Two corners of the format are heard differently in its trainer and its player: without a layer1x1 the trainer adds a to
x and the player nothing, and the FiLM behind the layer1x1 is applied by the player in blended layers alone. The usual
sizes have neither. We do as the trainer, which is where the weights got their meaning.

References:
    van den Oord et al. 2016, "WaveNet"; Wright et al. 2020, Appl. Sci. 10(3) 766, for amplifiers;
    Perez et al. 2018, "FiLM".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from amp_models.wavenet.config import FILM_PLACES, Activation, Film, LayerArray, WaveNetConfig
from amp_models.wavenet.config import Layer as LayerConfig
from mixassist.errors import ModelError
from mixassist.runtime.layers.convolution import ConvOptions
from mixassist.runtime.layers.layer import StreamLayer
from mixassist.runtime.layers.rest import RestingConv1d
from mixassist.runtime.spec import TensorSpec

Curve = Callable[[Tensor], Tensor]


class WaveNet(StreamLayer):
    """A WaveNet [B, n_in, T] to [B, n_out, T]; `condition` is the network that prepares the condition, if any."""

    def __init__(self, config: WaveNetConfig, condition: StreamLayer | None = None) -> None:
        super().__init__()
        self.condition = condition
        self._n_heard = config.arrays[0].n_in
        self.arrays = nn.ModuleList(WaveNetArray(array) for array in config.arrays)
        self.post_head = nn.ModuleList()
        if config.post_head is not None:
            head, n_in = config.post_head, config.arrays[-1].head.n_out
            for kernel, n_out in zip(
                head.kernels, [head.n_channels] * (len(head.kernels) - 1) + [head.n_out], strict=True
            ):
                self.post_head.append(RestingConv1d(n_in, n_out, kernel))
                n_in = n_out
            self.post_curve = bend(head.activation)
        self.scale = Scale(config.head_scale)

    def own_parameters(self) -> list[nn.Parameter]:
        """The parameters in the order of the file, those of the condition's network apart."""
        return [p for part in (self.arrays, self.post_head, self.scale) for p in part.parameters()]

    def states(self) -> tuple[TensorSpec, ...]:
        before = () if self.condition is None else self.condition.states()
        own = [
            replace(state, name=f"{index}_{state.name}")
            for index, convolution in enumerate(self._convolutions())
            for state in convolution.states()
        ]
        return (*(replace(state, name=f"condition_{state.name}") for state in before), *own)

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        feed = StateFeed(states)
        condition = x if self.condition is None else feed.through(self.condition, x)
        head: Tensor | None = None
        x = x[:, : self._n_heard] if x.shape[1] > self._n_heard else x
        for array in self.arrays:
            x, head = array(x, condition, head, feed)
        y = self.scale(head)
        for convolution in self.post_head:
            y = feed.through(convolution, self.post_curve(y))
        return (y, *feed.news)

    def _convolutions(self) -> Iterator[RestingConv1d]:
        """Those with a past, in the order in which they are run."""
        parts = nn.ModuleList([self.arrays, self.post_head])
        return (module for module in parts.modules() if isinstance(module, RestingConv1d) and module.states())


class StateFeed:
    """Hands states to the layers in the order in which they run, and collects the new ones in `news`."""

    def __init__(self, states: tuple[Tensor, ...]) -> None:
        self._states = iter(states)
        self.news: list[Tensor] = []

    def through(self, layer: nn.Module, x: Tensor) -> Tensor:
        """What a streaming layer makes of `x` and the states that are its own."""
        assert isinstance(layer, StreamLayer)
        y, *news = layer(x, *(next(self._states) for _ in layer.states()))
        self.news += news
        return y


class WaveNetArray(nn.Module):
    """Layers of one width, and the convolution that gathers what they leave for the head."""

    def __init__(self, config: LayerArray) -> None:
        super().__init__()
        self.rechannel = nn.Conv1d(config.n_in, config.n_channels, 1, bias=False)
        self.layers = nn.ModuleList(WaveNetLayer(config, layer) for layer in config.layers)
        options = ConvOptions(dilation=config.head.dilation, has_bias=config.head.has_bias)
        self.head = RestingConv1d(config.n_skipped, config.head.n_out, config.head.kernel, options)

    def forward(self, x: Tensor, condition: Tensor, head: Tensor | None, feed: StateFeed) -> tuple[Tensor, Tensor]:
        x = self.rechannel(x)
        for layer in self.layers:
            x, skipped = layer(x, condition, feed)
            head = skipped if head is None else head + skipped
        assert head is not None
        return x, feed.through(self.head, head)


class WaveNetLayer(nn.Module):
    """One layer: [B, C, T] and the condition to the next layer's [B, C, T] and the head's part."""

    def __init__(self, array: LayerArray, layer: LayerConfig) -> None:
        super().__init__()
        n_inner, n_condition = array.n_bottleneck, array.n_condition
        n_bent = n_inner if layer.gating == "none" else 2 * n_inner
        options = ConvOptions(dilation=layer.dilation, groups=array.groups)
        self.convolution = RestingConv1d(array.n_channels, n_bent, layer.kernel, options)
        self.mixer = nn.Conv1d(n_condition, n_bent, 1, bias=False, groups=array.mixer_groups)
        self.layer1x1 = self.head1x1 = None
        if array.layer1x1_groups:
            self.layer1x1 = nn.Conv1d(n_inner, array.n_channels, 1, groups=array.layer1x1_groups)
        if array.head1x1_groups:
            self.head1x1 = nn.Conv1d(n_inner, array.n_head1x1, 1, groups=array.head1x1_groups)
        n_channels = (array.n_channels, n_bent, n_condition, n_bent, n_bent, n_inner, array.n_channels, array.n_head1x1)
        self.films = nn.ModuleDict(
            {
                place: FilmConv(n_condition, n, array.films[place])
                for place, n in zip(FILM_PLACES, n_channels, strict=True)
                if place in array.films
            }
        )
        self.curve = bend(layer.activation)
        self.second_curve = bend(layer.secondary)
        self.gating = layer.gating

    def forward(self, x: Tensor, condition: Tensor, feed: StateFeed) -> tuple[Tensor, Tensor]:
        film = partial(self._film, condition)
        past = film("conv_post_film", feed.through(self.convolution, film("conv_pre_film", x)))
        mixed = film("input_mixin_post_film", self.mixer(film("input_mixin_pre_film", condition)))
        bent = film("activation_post_film", self._bend(film("activation_pre_film", past + mixed)))
        handed = bent if self.layer1x1 is None else film("layer1x1_post_film", self.layer1x1(bent))
        skipped = bent if self.head1x1 is None else film("head1x1_post_film", self.head1x1(bent))
        return x + handed, skipped

    def _film(self, condition: Tensor, place: str, x: Tensor) -> Tensor:
        return self.films[place](x, condition) if place in self.films else x

    def _bend(self, z: Tensor) -> Tensor:
        if self.gating == "none":
            bent: Tensor = self.curve(z)
            return bent
        first, second = z.chunk(2, dim=1)
        bent, gate = self.curve(first), self.second_curve(second)
        return bent * gate if self.gating == "gated" else gate * bent + (1 - gate) * first


class FilmConv(nn.Module):
    """Scales, and perhaps shifts, [B, n, T] by what a 1x1 convolution makes of the condition."""

    def __init__(self, n_condition: int, n: int, film: Film) -> None:
        super().__init__()
        self.has_shift = film.has_shift
        self.convolution = nn.Conv1d(n_condition, 2 * n if film.has_shift else n, 1, groups=film.groups)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        made: Tensor = self.convolution(condition)
        if not self.has_shift:
            return x * made
        scale, shift = made.chunk(2, dim=1)
        return x * scale + shift


class Scale(nn.Module):
    """A gain; files list it last."""

    def __init__(self, gain: float) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.tensor([gain]))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gain


class Bend(nn.Module):
    """An activation whose slopes, one per channel or one for all, come from the config and not from the weights."""

    slopes: Tensor

    def __init__(self, slopes: list[float]) -> None:
        super().__init__()
        self.register_buffer("slopes", torch.tensor(slopes), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return functional.prelu(x, self.slopes)


def bend(activation: Activation) -> nn.Module | Curve:
    """The activation of that name and those parameters.

    Raises:
        ModelError: when the name or a parameter is unknown.
    """
    kind, values = activation.kind, dict(activation.values)
    try:
        if kind == "PReLU":
            slopes = values.get("negative_slopes", values.get("negative_slope", 0.01))
            return Bend(slopes if isinstance(slopes, list) else [slopes])
        curve = CURVES[kind]
        return partial(curve, **values) if values else curve
    except KeyError as error:
        raise ModelError(f"activation {kind!r} is unknown: known are {', '.join(CURVES)}, PReLU") from error


def fast_tanh(x: Tensor) -> Tensor:
    """The player's rational approximation of tanh (NeuralAmpModelerCore, activations.h)."""
    size, square = x.abs(), x * x
    above = x * (2.45550750702956 + 2.45550750702956 * size + (0.893229853513558 + 0.821226666969744 * size) * square)
    return above / (2.44506634652299 + (2.44506634652299 + square) * (x + 0.814642734961073 * x * size).abs())


def hardswish(x: Tensor) -> Tensor:
    """x · min(max(x + 3, 0), 6) / 6, in operators that every engine knows."""
    return x * (x + 3).clamp(0, 6) / 6


def leaky_hardtanh(
    x: Tensor, min_val: float = -1.0, max_val: float = 1.0, min_slope: float = 0.01, max_slope: float = 0.01
) -> Tensor:
    """x between the two values, and beyond them going on from there with a slope."""
    below, above = (x - min_val).clamp(max=0), (x - max_val).clamp(min=0)
    return x.clamp(min_val, max_val) + min_slope * below + max_slope * above


CURVES: dict[str, Callable[..., Tensor]] = {
    "Tanh": torch.tanh,
    "Hardtanh": functional.hardtanh,
    "Fasttanh": fast_tanh,
    "ReLU": torch.relu,
    "LeakyReLU": functional.leaky_relu,
    "Sigmoid": torch.sigmoid,
    "SiLU": functional.silu,
    "Hardswish": hardswish,
    "LeakyHardtanh": leaky_hardtanh,
    "LeakyHardTanh": leaky_hardtanh,
    "Softsign": functional.softsign,
}
