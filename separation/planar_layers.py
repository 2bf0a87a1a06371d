"""Layers that equal demucs' and torch's own, in operations that inference engines are fast at.

Conventions: x [B, C, F, T] or [B, C, T]; sequences are [B, T, C]. Each takes its weights from the layer it replaces:
- `Gate`, a gated linear unit: one convolution per half, so that nothing has to be split;
- `Upsample`, a transposed convolution: a convolution that gives `stride` neighbours in one go;
- `Residual`, branches over time: for all frequencies at once, normalised before they grow wide;
- `Attention` and `SequenceNorm`: without moving axes to and fro.

References: `demucs.demucs.DConv` and `demucs.transformer` (demucs 4.1.0) for what must come out.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F


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
