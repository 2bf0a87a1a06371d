"""The same HTDemucs in operations that inference engines are fast at (door: demucs).

Task: before a network is exported, its layers are replaced by ones that compute the same numbers with less memory
traffic. Measured on OpenVINO with two threads, the exported graph takes a quarter less time than demucs' own.

Conventions: x [B, C, F, T] in the spectrogram's branch, [B, C, T] in the waveform's. Replaced are
- gated linear units: one convolution per half, so that nothing has to be split;
- residual branches over time: for all frequencies at once, normalised before they grow wide (see `ResidualBranch`);
- transposed convolutions: as convolutions that give `stride` neighbours in one go, see `Upsample`;
- attention and the norm of whole sequences: without moving axes to and fro.
A layer of another make than the published models have stays as it is.

References: `demucs.hdemucs`, `demucs.demucs` and `demucs.transformer` (demucs 4.1.0) for what must come out.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


def make_planar(network: Any) -> None:
    """Replaces, in place, the layers of an HTDemucs network that have a faster equal."""
    with torch.no_grad():
        for name in ("encoder", "tencoder"):
            layers = getattr(network, name)
            setattr(network, name, nn.ModuleList(Encoder(layer) if _is_plain(layer) else layer for layer in layers))
        for name in ("decoder", "tdecoder"):
            layers = getattr(network, name)
            setattr(network, name, nn.ModuleList(Decoder(layer) if _is_plain(layer) else layer for layer in layers))
        if network.crosstransformer is not None:
            for layer in (*network.crosstransformer.layers, *network.crosstransformer.layers_t):
                _replace_sequence_layers(layer)


class Encoder(nn.Module):
    """`demucs.hdemucs.HEncLayer` without norms: strided convolution, GELU, residual branches, gated convolution."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.empty = layer.empty
        self.freq = layer.freq
        self.stride = layer.stride
        self.conv = layer.conv
        if not layer.empty:
            self.residual = _residual(layer.dconv)
            self.gate = Gate(layer.rewrite) if layer.rewrite is not None else nn.Identity()

    def forward(self, x: torch.Tensor, inject: torch.Tensor | None = None) -> torch.Tensor:
        if not self.freq:
            x = x.flatten(1, 2) if x.dim() == 4 else x
            n_missing = -x.shape[-1] % self.stride
            x = F.pad(x, (0, n_missing)) if n_missing else x
        y = self.conv(x)
        if self.empty:
            return y
        if inject is not None:
            y = y + (inject[:, :, None] if inject.dim() < y.dim() else inject)
        return self.gate(self.residual(F.gelu(y)))


class Decoder(nn.Module):
    """`demucs.hdemucs.HDecLayer` without norms: gated convolution, residual branches, transposed convolution."""

    def __init__(self, layer: Any) -> None:
        super().__init__()
        self.empty = layer.empty
        self.freq = layer.freq
        self.last = layer.last
        self.n_channels = layer.chin
        self.upsample = Upsample(layer.conv_tr, layer.pad)
        if not layer.empty:
            self.gate = Gate(layer.rewrite) if layer.rewrite is not None else nn.Identity()
            self.residual = _residual(layer.dconv)

    def forward(self, x: torch.Tensor, skip: torch.Tensor | None, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        if self.freq and x.dim() == 3:
            x = x.unflatten(1, (self.n_channels, -1))
        y = x if skip is None else self.residual(self.gate(x + skip))
        z = self.upsample(y, None if self.freq else length)
        return (z if self.last else F.gelu(z)), y


class Gate(nn.Module):
    """A convolution to 2 C channels with its gated linear unit, a · sigmoid(b): one convolution for a, one for b."""

    def __init__(self, conv: nn.Conv1d | nn.Conv2d) -> None:
        super().__init__()
        values, gates = conv.weight.chunk(2)
        assert conv.bias is not None
        value_bias, gate_bias = conv.bias.chunk(2)
        self.value = _convolution(conv, values, value_bias)
        self.gate = _convolution(conv, gates, gate_bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.value(x) * torch.sigmoid(self.gate(x))


class Upsample(nn.Module):
    """A transposed convolution over the first axis after the channels, cropped by `crop` at both ends.

    With kernel K = n · stride, output s · f + r takes part in n products of input frames f, f − 1, … with weights r,
    r + s, …: a convolution with n taps gives all `stride` values of r as channels, which are then laid side by side.
    """

    def __init__(self, conv: nn.ConvTranspose1d | nn.ConvTranspose2d, crop: int) -> None:
        super().__init__()
        assert conv.bias is not None
        self.crop = crop
        self.stride = conv.stride[0]
        n_taps = conv.kernel_size[0] // self.stride
        # [in, out, taps, stride, ...] to [out · stride, in, taps, ...], last tap first
        taps = conv.weight.unflatten(2, (n_taps, self.stride)).flip(2).transpose(2, 3).movedim(0, 2).flatten(0, 1)
        kernel = nn.Conv1d if conv.weight.dim() == 3 else nn.Conv2d
        padding = (n_taps - 1, *(0 for _ in taps.shape[3:]))
        self.conv = kernel(taps.shape[1], taps.shape[0], tuple(taps.shape[2:]), padding=padding)  # type: ignore[arg-type]  # one class takes pairs, the other single lengths
        self.conv.weight = nn.Parameter(taps)
        self.conv.bias = nn.Parameter(conv.bias.repeat_interleave(self.stride))

    def forward(self, x: torch.Tensor, length: int | None) -> torch.Tensor:
        y = self.conv(x).unflatten(1, (-1, self.stride)).transpose(2, 3).flatten(2, 3)
        end = y.shape[2] - self.crop if length is None else self.crop + length
        return y[:, :, self.crop : end]


class ResidualBranch(nn.Module):
    """One branch of `demucs.demucs.DConv`: x + scale · GLU(norm(W h + b)), h = GELU(norm(conv(x))), x [B, C, F, T].

    W makes 2 C channels of a few. Their norm needs mean m and deviation σ over channels and time, for each frequency;
    both follow from h alone: with h = mean + d over time, C₂ the 2 C channels,
        m = average over channels of (W mean + b),
        σ² = Σᵢⱼ (WᵀW / C₂)ᵢⱼ · cov(d)ᵢⱼ + average over channels of (W mean + b − m)².
    Then norm(W h + b) = [γW, γb, −γ] · [h / σ, 1 / σ, m / σ] + β is one convolution that needs no norm behind it.
    """

    def __init__(self, layer: Any) -> None:
        super().__init__()
        narrow, norm, _, wide, wide_norm, _, scale = layer
        kernel, padding, dilation = (1, narrow.kernel_size[0]), (0, narrow.padding[0]), (1, narrow.dilation[0])
        self.narrow = nn.Conv2d(narrow.in_channels, narrow.out_channels, kernel, 1, padding, dilation)
        self.narrow.weight = nn.Parameter(narrow.weight[:, :, None])
        self.narrow.bias = narrow.bias
        self.gain = nn.Parameter(norm.weight[:, None, None])
        self.offset = nn.Parameter(norm.bias[:, None, None])
        self.eps, self.wide_eps = norm.eps, wide_norm.eps
        weight, bias = wide.weight[:, :, 0].double(), wide.bias.double()
        kind = wide.weight.dtype
        self.gram = nn.Parameter((weight.T @ weight / len(weight)).to(kind))
        self.wide = _pointwise(weight, bias, kind)
        folded = wide_norm.weight[:, None] * torch.cat([weight, bias[:, None], -torch.ones_like(bias)[:, None]], dim=1)
        values, gates = folded.chunk(2)
        value_bias, gate_bias = wide_norm.bias.double().chunk(2)
        self.value = _pointwise(scale.scale[:, None] * values, scale.scale * value_bias, kind)
        self.gate = _pointwise(gates, gate_bias, kind)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h = self.narrow(x)
        centred = h - h.mean((1, 3), keepdim=True)
        variance = centred.square().mean((1, 3), keepdim=True)
        h = self._normalised(F.gelu(centred * torch.rsqrt(variance + self.eps) * self.gain + self.offset))
        return x + self.value(h) * torch.sigmoid(self.gate(h))

    def _normalised(self, h: torch.Tensor) -> torch.Tensor:
        """[h / σ, 1 / σ, m / σ] as channels."""
        mean = h.mean(3, keepdim=True)
        rows = (h - mean).transpose(1, 2)
        covariance = rows @ rows.transpose(2, 3) / h.shape[3]
        wide_means = self.wide(mean)
        wide_mean = wide_means.mean(1, keepdim=True)
        variance = (self.gram * covariance).sum((2, 3))[:, None, :, None]
        variance = variance + (wide_means - wide_mean).square().mean(1, keepdim=True)
        inverse = torch.rsqrt(variance + self.wide_eps)
        edges = torch.cat([inverse, wide_mean * inverse], dim=1)
        return torch.cat([h * inverse, edges.expand(-1, -1, -1, h.shape[3])], dim=1)


class Residual(nn.Module):
    """`demucs.demucs.DConv` on [B, C, F, T], for every frequency by itself, or on [B, C, T]."""

    def __init__(self, dconv: Any) -> None:
        super().__init__()
        self.branches = nn.Sequential(*(ResidualBranch(layer) for layer in dconv.layers))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.branches(x) if x.dim() == 4 else self.branches(x[:, :, None])[:, :, 0]


class SequenceNorm(nn.Module):
    """Group norm of one group over a whole sequence [B, T, C]."""

    def __init__(self, norm: nn.GroupNorm) -> None:
        super().__init__()
        self.weight, self.bias, self.eps = norm.weight, norm.bias, norm.eps

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        centred = x - x.mean((1, 2), keepdim=True)
        variance = centred.square().mean((1, 2), keepdim=True)
        return centred * torch.rsqrt(variance + self.eps) * self.weight + self.bias


class Attention(nn.Module):
    """`torch.nn.MultiheadAttention` on [B, T, C] without masks, called as demucs calls it."""

    def __init__(self, attention: nn.MultiheadAttention) -> None:
        super().__init__()
        self.n_heads = attention.num_heads
        weights, biases = attention.in_proj_weight.chunk(3), attention.in_proj_bias.chunk(3)
        self.projections = nn.ModuleList(_linear(*pair) for pair in zip(weights, biases, strict=True))
        self.out = attention.out_proj

    def forward(self, *given: torch.Tensor, **options: Any) -> tuple[torch.Tensor, None]:
        query, key, value = (
            project(x).unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
            for project, x in zip(self.projections, given, strict=True)
        )
        y = F.scaled_dot_product_attention(query, key, value)
        return self.out(y.transpose(1, 2).flatten(2)), None


def _is_plain(layer: Any) -> bool:
    """Whether a layer is one of demucs' two, without norms, and its residual branches hold nothing but convolutions."""
    from demucs.hdemucs import HDecLayer, HEncLayer

    if not isinstance(layer, (HEncLayer, HDecLayer)) or layer.norm:
        return False
    if isinstance(layer, HDecLayer) and layer.kernel_size % layer.stride:
        return False
    branches: Any = [] if layer.empty or layer.dconv is None else layer.dconv.layers
    return all(len(branch) == 7 and isinstance(branch[1], nn.GroupNorm) for branch in branches)


def _residual(dconv: Any) -> nn.Module:
    return Residual(dconv) if dconv is not None else nn.Identity()


def _replace_sequence_layers(layer: nn.Module) -> None:
    from demucs.transformer import MyGroupNorm

    for name, child in list(layer.named_children()):
        if isinstance(child, nn.MultiheadAttention) and child.batch_first and child.in_proj_bias is not None:
            setattr(layer, name, Attention(child))
        elif isinstance(child, MyGroupNorm) and child.num_groups == 1:
            setattr(layer, name, SequenceNorm(child))


def _convolution(like: nn.Conv1d | nn.Conv2d, weight: torch.Tensor, bias: torch.Tensor) -> nn.Module:
    """A convolution of the same geometry with other weights."""
    conv = type(like)(weight.shape[1], weight.shape[0], like.kernel_size, like.stride, like.padding)  # type: ignore[arg-type]  # one class takes pairs, the other single lengths
    conv.weight, conv.bias = nn.Parameter(weight), nn.Parameter(bias)
    return conv


def _pointwise(weight: torch.Tensor, bias: torch.Tensor, kind: torch.dtype) -> nn.Conv2d:
    conv = nn.Conv2d(weight.shape[1], weight.shape[0], 1)
    conv.weight, conv.bias = nn.Parameter(weight[:, :, None, None].to(kind)), nn.Parameter(bias.to(kind))
    return conv


def _linear(weight: torch.Tensor, bias: torch.Tensor) -> nn.Linear:
    linear = nn.Linear(weight.shape[1], weight.shape[0])
    linear.weight, linear.bias = nn.Parameter(weight), nn.Parameter(bias)
    return linear
