"""The network of a texture: sound in, sound out, through a few numbers per frame (a door of torch).

    sound ─ bands ─ ÷ level ─ encoder ─ latent ─ decoder ─ waves and noise in bands ─ × level ─ sound
    noise ─ bands ──────────────────────────────────────────────┘

The level is taken off in front and given back behind, late by as much as what lies between: how loud it is follows the
player by construction, silence stays silence, and none of the few numbers is spent on it. Noise is an input, for no
engine draws the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from mixassist.runtime.artifact import Artifact
from mixassist.runtime.layers.artifact import load_weights
from mixassist.runtime.layers.convolution import CausalConv1d, CausalConvTranspose1d, ConvOptions
from mixassist.runtime.layers.layer import Delay, Pointwise, StreamLayer
from mixassist.runtime.layers.net import Face, StreamNet
from mixassist.runtime.layers.structure import Chain, Residual
from mixassist.runtime.spec import TensorSpec
from transfer.texture.bands import band_filters
from transfer.texture.design import KIND, RATE, TextureDesign

SLOPE = 0.1
BAND_SLOPE = 1.2
"""Music falls by 7 dB per octave or so: bands are told and given with that taken off, by half and whole."""

LEVEL_TAPS, LEVEL_FADE = 64, 16
"""The level is that of the last 21 ms, what is 5 ms old counting a third."""

FAINTEST = 1e-5
"""Sound fades out below -100 dB; half precision can still tell it from nothing."""

N_INPUTS = 2
"""Sound and noise."""

LOUDEST_NOISE = 3.0
"""Nepers above the level that noise may have in a band."""

QUIET_START = -3.0
"""Nepers that noise has at first."""

RESIDUAL_START, LATENT_START, QUIET_WAVES = 0.35, 0.3, 0.1
"""How loud at first what residual layers add, the latent numbers and the waves are."""


class Latent(nn.Module):
    """Numbers between -1 and 1, blurred while training: what differs by less than the blur cannot pass."""

    def __init__(self, blur: float) -> None:
        super().__init__()
        self.blur = blur

    def forward(self, x: Tensor) -> Tensor:
        bounded = torch.tanh(x)
        return bounded + self.blur * torch.randn_like(bounded) if self.training else bounded


class TextureLayer(StreamLayer):
    """Sound and noise [B, 2, T] to sound [B, 1, T]."""

    tilt: Tensor

    def __init__(self, design: TextureDesign) -> None:
        super().__init__()
        n_bands, n_taps = design.n_bands, design.n_taps
        self.n_bands = n_bands
        tilt = (2 * torch.arange(n_bands) + 1.0) ** -BAND_SLOPE
        self.register_buffer("tilt", tilt[:, None])
        self.analysis = CausalConv1d(N_INPUTS, N_INPUTS * n_bands, n_taps, _fixed(n_bands, N_INPUTS))
        self.level = CausalConv1d(n_bands, 1, LEVEL_TAPS, _fixed())
        self.trunk = _trunk(design)
        late = self.trunk.latency_samples
        self.delay = Delay(1, int(late))
        self.synthesis = CausalConvTranspose1d(n_bands, 1, n_taps, _fixed(n_bands))
        self._set_filters(design)
        self.block_multiple = design.frame
        self.latency_samples = Fraction(n_taps - n_bands) + n_bands * late

    def states(self) -> tuple[TensorSpec, ...]:
        return tuple(
            replace(state, name=f"{name}_{state.name}") for name, part in self._parts() for state in part.states()
        )

    def forward(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        waves, noise, kept, *new = self.bands(x, *states[:-1])
        sound, *last = self.synthesis(kept * (waves + noise), *states[-1:])
        return (sound, *new, *last)

    def bands(self, x: Tensor, *states: Tensor) -> tuple[Tensor, ...]:
        """Waves and noise in bands [B, n_bands, T / n_bands] relative to the level, that level, and new states."""
        heard, *analysis = self.analysis(x, *states[:1])
        sound, noise = heard.split(self.n_bands, dim=1)
        power, *level = self.level(sound.square(), *states[1:2])
        # Added rather, so small a number would be left out of the graph by what exports it.
        scale = power.sqrt().clamp(min=FAINTEST)
        told, *trunk = self.trunk(sound / scale / self.tilt.sqrt(), *states[2:-1])
        kept, *delay = self.delay(power / scale, *states[-1:])
        waves, loudness = told.split(self.n_bands, dim=1)
        gains = (loudness + QUIET_START).clamp(max=LOUDEST_NOISE).exp()
        return (self.tilt * waves, self.tilt * gains * noise, kept, *analysis, *level, *trunk, *delay)

    def _parts(self) -> Sequence[tuple[str, StreamLayer]]:
        names = ("analysis", "level", "trunk", "delay", "synthesis")
        return [(name, getattr(self, name)) for name in names]

    def _set_filters(self, design: TextureDesign) -> None:
        """Puts in place what is not learned."""
        filters = torch.from_numpy(band_filters(design.n_bands, design.n_taps)[:, None, ::-1].copy()).float()
        fade = np.exp(np.arange(1 - LEVEL_TAPS, 1) / LEVEL_FADE)
        weights = torch.from_numpy(fade / (fade.sum() * design.n_bands)).float().expand(1, design.n_bands, -1)
        fixed = (
            (self.analysis, filters.repeat(N_INPUTS, 1, 1)),
            (self.level, weights.clone()),
            (self.synthesis, filters),
        )
        for layer, values in fixed:
            layer.convolution.weight = nn.Parameter(values, requires_grad=False)


class TextureNet(StreamNet):
    """The layer with its face: `audio` [B, 2, T] is sound and noise, `audio_out` [B, 1, T] the sound it makes."""

    layer: TextureLayer

    def __init__(self, design: TextureDesign) -> None:
        super().__init__(TextureLayer(design), Face(KIND, RATE, N_INPUTS, 1, {"design": design.to_dict()}))
        self.design = design


def build_texture(artifact: Artifact) -> TextureNet:
    """The network of a texture's artifact, ready to run."""
    net = TextureNet(design_of(artifact.spec.options))
    load_weights(net, artifact)
    return net


def design_of(options: Mapping[str, Any]) -> TextureDesign:
    """The design that a model's options tell of."""
    return TextureDesign.from_dict(options.get("design"))


def _trunk(design: TextureDesign) -> Chain:
    """From bands [B, n_bands, T] to waves and the loudness of noise in them [B, 2 n_bands, T]."""
    rising = (design.n_bands, *design.n_rising)
    falling = (design.n_decoder, *design.n_rising[::-1][1:], design.n_rising[0])
    narrow, wide, seen = design.n_rising[-1], design.n_decoder, 2 * design.n_ahead + 1
    squeeze, last = nn.Conv1d(narrow, design.n_latent, 1), CausalConv1d(falling[-1], 2 * design.n_bands, 3)
    layers: list[StreamLayer] = []
    for n_in, n_out in pairwise(rising):
        layers += [CausalConv1d(n_in, n_out, 6, ConvOptions(stride=2)), _activation()]
    layers += [_residual(narrow, dilation) for dilation in design.encoder_dilations]
    layers += [Pointwise(squeeze), Pointwise(Latent(design.blur))]
    layers += [CausalConv1d(design.n_latent, wide, seen, ConvOptions(n_ahead=design.n_ahead)), _activation()]
    layers += [_residual(wide, dilation) for dilation in design.decoder_dilations]
    for n_in, n_out in pairwise(falling):
        layers += [CausalConvTranspose1d(n_in, n_out, 4, ConvOptions(stride=2)), _activation(), _residual(n_out, 1)]
    trunk = Chain(*layers, last)
    _draw_weights(trunk)
    for part, gain in ((squeeze, LATENT_START), (last, QUIET_WAVES)):
        _soften(part, gain)
    return trunk


def _draw_weights(trunk: Chain) -> None:
    """Draws weights so that sound comes through at its level: torch's own draw loses it on so long a way."""
    for module in trunk.modules():
        if isinstance(module, (nn.Conv1d, nn.ConvTranspose1d)):
            nn.init.zeros_(cast("Tensor", module.bias))
            steps = module.stride[0] if isinstance(module, nn.ConvTranspose1d) else 1
            n_heard = module.in_channels * module.kernel_size[0] / steps
            nn.init.normal_(module.weight, std=(2 / (1 + SLOPE**2) / n_heard) ** 0.5)
    for layer in trunk.layers:
        if isinstance(layer, Residual):
            _soften(layer, RESIDUAL_START)


def _soften(part: nn.Module, gain: float) -> None:
    """Makes all convolutions of a part softer."""
    with torch.no_grad():
        for module in part.modules():
            if isinstance(module, nn.Conv1d):
                module.weight.mul_(gain)


def _residual(n: int, dilation: int) -> Residual:
    return Residual(n, Chain(CausalConv1d(n, n, 3, ConvOptions(dilation=dilation)), _activation()))


def _fixed(stride: int = 1, groups: int = 1) -> ConvOptions:
    return ConvOptions(stride=stride, groups=groups, has_bias=False)


def _activation() -> Pointwise:
    return Pointwise(nn.LeakyReLU(SLOPE))
