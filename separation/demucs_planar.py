"""The same HTDemucs in operations that inference engines are fast at (door: demucs).

Task: before a network is exported, its layers are replaced by ones that compute the same numbers with less memory
traffic (`separation.planar_layers`). Measured on OpenVINO with two threads, the graph then takes a quarter less time.

Conventions: x [B, C, F, T] in the spectrogram's branch, [B, C, T] in the waveform's. A layer of another make than the
published models have stays as it is.

References: `demucs.hdemucs` (demucs 4.1.0) for what must come out.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from separation.planar_layers import Attention, Gate, Residual, SequenceNorm, Upsample


def make_planar(network: Any) -> None:
    """Replaces, in place, the layers of an HTDemucs network that have a faster equal."""
    with torch.no_grad():
        for branch, equal in (("encoder", Encoder), ("tencoder", Encoder), ("decoder", Decoder), ("tdecoder", Decoder)):
            layers = getattr(network, branch)
            setattr(network, branch, nn.ModuleList(equal(layer) if _is_plain(layer) else layer for layer in layers))
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
