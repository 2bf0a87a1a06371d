"""`LiteNet`: the small embedded separator, spectrum magnitudes in, one mask per stem out.

The spectrum is cut into bands, narrow at the bottom and wide at the top; each band becomes a vector of
`n_features`. Blocks then look along time (dilated depthwise convolution and an MLP per band) and across bands
(an MLP over the band axis), and a linear map per band gives back a mask per bin. Matrix products and
convolutions only, so the network is quick on a CPU and exports to ONNX as it stands.

This module is a door of torch: import it only where a network is built.

Conventions:
    B batch, S stems, C channels, F frequency bins, T frames, K bands, N features.

References:
    Luo and Yu 2023, "Music source separation with band-split RNN" (the bands);
    Tolstikhin et al. 2021, "MLP-Mixer" (the two directions).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from mixassist.runtime import Artifact
from mixassist.runtime.artifact import WEIGHTS

N_VIEWS = 4
"""Magnitudes the network sees: left, right, mid, side."""


@dataclass(frozen=True)
class LiteOptions:
    """Size of a `LiteNet`.

    `bands` lists (number of bands, bins per band) from the lowest bin up. The bins above the last band (15.2 kHz at
    44.1 kHz and 4096 points) share one mask, the mean over the `n_averaged` bins below them.
    """

    bands: tuple[tuple[int, int], ...] = ((12, 4), (10, 8), (8, 16), (8, 32), (6, 64), (4, 128))
    n_features: int = 64
    n_hidden: int = 192
    n_band_hidden: int = 96
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 1, 4, 16)
    n_stems: int = 4
    n_averaged: int = 64

    @property
    def n_bands(self) -> int:
        return sum(n_bands for n_bands, _ in self.bands)

    @property
    def n_bins(self) -> int:
        """Bins that have a band."""
        return sum(n_bands * width for n_bands, width in self.bands)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LiteOptions:
        """Reads what `dataclasses.asdict` gave, also after a trip through JSON."""
        bands = tuple((int(n_bands), int(width)) for n_bands, width in data["bands"])
        return cls(**{**data, "bands": bands, "dilations": tuple(data["dilations"])})


class BandLinear(nn.Module):
    """A linear map of its own for each of K bands: [K, R, n_in] to [K, R, n_out]."""

    def __init__(self, n_bands: int, n_in: int, n_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_bands, n_in, n_out) / n_in**0.5)
        self.bias = nn.Parameter(torch.zeros(n_bands, 1, n_out))

    def forward(self, rows: Tensor) -> Tensor:
        return torch.bmm(rows, self.weight) + self.bias


class TimeBlock(nn.Module):
    """Looks along time in every band alike: [K, B, T, N] to the same shape, with a residual.

    Each frame sees itself and the frames `dilation` before and after (zeros past the ends): a dilated convolution
    of width 3, written as one matrix product, followed by the way back to N features.
    """

    def __init__(self, options: LiteOptions, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.norm = nn.LayerNorm(options.n_features)
        self.widen = nn.Linear(3 * options.n_features, options.n_hidden)
        self.narrow = nn.Linear(options.n_hidden, options.n_features)

    def forward(self, features: Tensor) -> Tensor:
        n_frames, d = features.shape[2], self.dilation
        hidden = functional.pad(self.norm(features), (0, 0, d, d))
        hidden = torch.cat([hidden[:, :, at : at + n_frames] for at in (0, d, 2 * d)], dim=-1)
        return features + self.narrow(functional.relu(self.widen(hidden)))


class BandBlock(nn.Module):
    """Looks across bands in every frame and feature alike: [K, B, T, N] to the same shape, with a residual."""

    def __init__(self, options: LiteOptions) -> None:
        super().__init__()
        n_bands, n_hidden = options.n_bands, options.n_band_hidden
        self.norm = nn.LayerNorm(options.n_features)
        self.widen = nn.Parameter(torch.randn(n_hidden, n_bands) / n_bands**0.5)
        self.bias = nn.Parameter(torch.zeros(n_hidden, 1))
        self.narrow = nn.Parameter(0.3 * torch.randn(n_bands, n_hidden) / n_hidden**0.5)

    def forward(self, features: Tensor) -> Tensor:
        hidden = self.norm(features).reshape(features.shape[0], -1)
        hidden = self.narrow @ functional.relu(self.widen @ hidden + self.bias)
        return features + hidden.reshape(features.shape)


class LiteNet(nn.Module):
    """Maps magnitudes [B, 4, F, T] to masks [B, S, 2, F, T] that sum to 1 over the stems."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, options: LiteOptions) -> None:
        super().__init__()
        self.options = options
        n, n_out = options.n_features, options.n_stems * 2
        self.register_buffer("mean", torch.zeros(1, 1, 1, options.n_bins))
        self.register_buffer("deviation", torch.ones(1, 1, 1, options.n_bins))
        self.encoders = nn.ModuleList(BandLinear(k, N_VIEWS * width, n) for k, width in options.bands)
        self.time_blocks = nn.ModuleList(TimeBlock(options, dilation) for dilation in options.dilations)
        self.band_blocks = nn.ModuleList(BandBlock(options) for _ in options.dilations)
        self.norm = nn.LayerNorm(n)
        self.decoders = nn.ModuleList(BandLinear(k, n, n_out * width) for k, width in options.bands)

    def forward(self, magnitude: Tensor) -> Tensor:
        n_known, n_above = self.options.n_bins, magnitude.shape[2] - self.options.n_bins
        mask = self.known_mask(magnitude[:, :, :n_known])
        above = mask[:, :, :, -self.options.n_averaged :].mean(dim=3, keepdim=True)
        return torch.cat([mask, above.expand(-1, -1, -1, n_above, -1)], dim=3)

    def known_mask(self, magnitude: Tensor) -> Tensor:
        """Gives the masks [B, S, 2, n_bins, T] of magnitudes [B, 4, n_bins, T], for the bins that have bands."""
        features = self._encode(compress(magnitude.transpose(2, 3)))
        for along_time, across_bands in zip(self.time_blocks, self.band_blocks, strict=True):
            features = across_bands(along_time(features))
        logits = self._decode(self.norm(features))
        n_batch, _, n_frames, n_bins = logits.shape
        logits = logits.reshape(n_batch, self.options.n_stems, 2, n_frames, n_bins)
        return logits.softmax(dim=1).transpose(3, 4)

    def _encode(self, level: Tensor) -> Tensor:
        """Gives features [K, B, T, N] of levels [B, 4, T, F]."""
        level = ((level - self.mean) / self.deviation).to(self.norm.weight.dtype)
        n_batch, n_views, n_frames, _ = level.shape
        features, start = [], 0
        for encoder, (n_bands, width) in zip(self.encoders, self.options.bands, strict=True):
            bins = level[..., start : start + n_bands * width]
            bins = bins.reshape(n_batch, n_views, n_frames, n_bands, width).permute(3, 0, 2, 1, 4)
            rows = encoder(bins.reshape(n_bands, -1, n_views * width))
            features.append(rows.reshape(n_bands, n_batch, n_frames, self.options.n_features))
            start += n_bands * width
        return torch.cat(features)

    def _decode(self, features: Tensor) -> Tensor:
        """Gives mask logits [B, S*2, T, F] of features [K, B, T, N]."""
        _, n_batch, n_frames, n = features.shape
        logits, start = [], 0
        for decoder, (n_bands, width) in zip(self.decoders, self.options.bands, strict=True):
            rows = decoder(features[start : start + n_bands].reshape(n_bands, -1, n))
            bins = rows.reshape(n_bands, n_batch, n_frames, -1, width).permute(1, 3, 2, 0, 4)
            logits.append(bins.reshape(n_batch, -1, n_frames, n_bands * width))
            start += n_bands
        return torch.cat(logits, dim=-1)


def compress(magnitude: Tensor) -> Tensor:
    """Levels, log(magnitude + 0.03): they flatten some 60 dB below a bin of noise of unit variance, which is 39."""
    return torch.log(magnitude + 0.03)


def build_lite(artifact: Artifact) -> LiteNet:
    """The network of a `lite` artifact in evaluation mode; stored in half precision, computed in full."""
    net = LiteNet(LiteOptions.from_dict(artifact.spec.options["network"]))
    net.load_state_dict({name: value.float() for name, value in load_file(artifact.file(WEIGHTS)).items()})
    return net.eval()


@torch.no_grad()
def round_to_half(net: LiteNet) -> dict[str, NDArray[np.float16]]:
    """Weights by name in half precision, after rounding those of `net` itself to the same values."""
    weights = {name: value.half() for name, value in net.state_dict().items()}
    net.load_state_dict({name: value.float() for name, value in weights.items()})
    return {name: value.numpy() for name, value in weights.items()}


@torch.inference_mode()
def masks(net: LiteNet, magnitude: NDArray[np.float32]) -> NDArray[np.float32]:
    """Masks [B, S, 2, F, T] of magnitudes [B, 4, F, T], from torch."""
    mask: NDArray[np.float32] = net.eval()(torch.from_numpy(magnitude)).numpy()
    return mask
