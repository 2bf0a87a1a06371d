"""What a WaveNet of a `.nam` file is made of, in plain data; `schema` reads and writes it as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

FILM_PLACES = (
    "conv_pre_film",
    "conv_post_film",
    "input_mixin_pre_film",
    "input_mixin_post_film",
    "activation_pre_film",
    "activation_post_film",
    "layer1x1_post_film",
    "head1x1_post_film",
)
"""Where a layer may be scaled and shifted by the condition, in the order of their weights."""


@dataclass(frozen=True)
class Activation:
    """An activation by its name, with its parameters as the file calls them."""

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {"type": self.kind, **self.values}


@dataclass(frozen=True)
class Film:
    """A feature-wise scale, and a shift where `has_shift`, made from the condition in `groups`."""

    has_shift: bool = True
    groups: int = 1


@dataclass(frozen=True)
class Head:
    """The convolution that ends an array of layers."""

    n_out: int
    kernel: int = 1
    has_bias: bool = False
    dilation: int = 1


@dataclass(frozen=True)
class Layer:
    """What one layer has of its own."""

    kernel: int
    dilation: int
    activation: Activation
    gating: str = "none"
    secondary: Activation = Activation("Sigmoid")


@dataclass(frozen=True)
class LayerArray:
    """Layers of one width.

    `layer1x1_groups` and `head1x1_groups` are 0 where the layers have no such convolution. `widths` are the numbers of
    channels the layers may be slimmed to, ascending to their own; empty where they may not.
    """

    n_in: int
    n_condition: int
    n_channels: int
    n_bottleneck: int
    layers: tuple[Layer, ...]
    head: Head
    layer1x1_groups: int = 1
    head1x1_groups: int = 0
    n_head1x1: int = 1
    groups: int = 1
    mixer_groups: int = 1
    films: Mapping[str, Film] = field(default_factory=dict)
    widths: tuple[int, ...] = ()

    @property
    def n_skipped(self) -> int:
        """Channels that each layer gives to the head."""
        return self.n_head1x1 if self.head1x1_groups else self.n_bottleneck

    @property
    def is_legacy(self) -> bool:
        """Whether the legacy schema can say it: all that was added later is absent."""
        first = self.layers[0]
        is_even = all(replace(layer, dilation=first.dilation) == first for layer in self.layers)
        is_named = (
            not first.activation.values and first.gating != "blended" and first.secondary == Activation("Sigmoid")
        )
        has_defaults = (self.layer1x1_groups, self.head1x1_groups, self.groups, self.mixer_groups) == (1, 0, 1, 1)
        is_straight = self.n_bottleneck == self.n_channels and self.head.kernel == self.head.dilation == 1
        return is_even and is_named and has_defaults and is_straight and not self.films and not self.widths


@dataclass(frozen=True)
class PostHead:
    """Activation and convolution, once per kernel, after the last array."""

    n_channels: int
    n_out: int
    kernels: tuple[int, ...]
    activation: Activation


@dataclass(frozen=True)
class WaveNetConfig:
    """Arrays of layers one after the other; `condition` is the `.nam` object of what prepares the condition."""

    arrays: tuple[LayerArray, ...]
    head_scale: float = 1.0
    post_head: PostHead | None = None
    condition: Mapping[str, Any] | None = None
    n_in: int = 1

    @property
    def is_legacy(self) -> bool:
        """Whether the legacy schema can say it."""
        is_plain = self.post_head is None and self.condition is None and self.n_in == 1
        return is_plain and all(array.is_legacy for array in self.arrays)

    @property
    def n_out(self) -> int:
        return self.post_head.n_out if self.post_head else self.arrays[-1].head.n_out
