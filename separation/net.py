"""`LiteNet`: the small embedded separator, spectrum magnitudes in, one mask per stem out.

The spectrum is cut into bands, narrow at the bottom and wide at the top; each band becomes a vector of
`n_features`. Blocks then look along time (dilated convolution and an MLP per band), across bands (an MLP over the band
axis) and at the song (all bands at once through a narrow passage, with a long reach in time), and a linear map per band
gives back a mask per bin. Matrix products and convolutions only, so the network is quick on a CPU and exports to ONNX
as it stands. A causal network looks at past frames alone, and can be fed a few frames at a time with
`LiteNet.stream`.

This module is a door of torch: import it only where a network is built.

Conventions:
    B batch, S stems, C channels, F frequency bins, T frames, K bands, N features.

References:
    Luo and Yu 2023, "Music source separation with band-split RNN" (the bands);
    Tolstikhin et al. 2021, "MLP-Mixer" (the two directions).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from mixassist.runtime import Artifact
from mixassist.runtime.artifact import WEIGHTS
from separation.net_layers import BandBlock, BandLinear, Reach, SongBlock, TimeBlock

Network = nn.Module
"""Any network of ours, for modules that are no door of torch."""

N_VIEWS = 4
"""Magnitudes the network sees: left, right, mid, side."""


@dataclass(frozen=True)
class LiteOptions:
    """Size of a `LiteNet` and the transform it works on.

    `bands` lists (number of bands, bins per band) from the lowest bin up. The bins above the last band (15.2 kHz for
    `lite` at 44.1 kHz) share one mask, the mean over the `n_averaged` bins below them. `dilations` has a time block and
    a band block for each entry, `song_dilations` a song block for each, which come after every `song_every` of the
    others.
    """

    n_fft: int = 4096
    hop: int = 1024
    bands: tuple[tuple[int, int], ...] = ((12, 4), (10, 8), (8, 16), (8, 32), (6, 64), (4, 128))
    n_features: int = 96
    n_hidden: int = 192
    n_band_hidden: int = 96
    dilations: tuple[int, ...] = (1, 2, 4, 8, 1, 4)
    song_dilations: tuple[tuple[int, ...], ...] = ((1, 4), (2, 8))
    song_every: int = 3
    n_squeezed: int = 8
    n_song: int = 192
    is_causal: bool = False
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
        songs = tuple(tuple(dilations) for dilations in data["song_dilations"])
        return cls(**{**data, "bands": bands, "dilations": tuple(data["dilations"]), "song_dilations": songs})


LIVE = LiteOptions(
    n_fft=2048,
    hop=512,
    bands=((8, 3), (8, 6), (6, 12), (4, 24), (3, 48), (3, 96)),
    n_features=64,
    n_hidden=128,
    n_band_hidden=64,
    dilations=(1, 2, 4, 8, 16, 32),
    song_dilations=((1, 4), (2, 8)),
    n_song=128,
    is_causal=True,
    n_averaged=32,
)
"""The network of `lite-live`."""


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
        self.blocks = nn.ModuleList(_blocks(options))
        self.norm = nn.LayerNorm(n)
        self.decoders = nn.ModuleList(BandLinear(k, n, n_out * width) for k, width in options.bands)

    def forward(self, magnitude: Tensor) -> Tensor:
        n_known = self.options.n_bins
        return self._with_top(self.known_mask(magnitude[:, :, :n_known]), magnitude.shape[2] - n_known)

    def known_mask(self, magnitude: Tensor) -> Tensor:
        """Gives the masks [B, S, 2, n_bins, T] of magnitudes [B, 4, n_bins, T], for the bins that have bands."""
        return self.logits(magnitude).softmax(dim=1).transpose(3, 4)

    def logits(self, magnitude: Tensor) -> Tensor:
        """Gives what the softmax over S makes masks of, [B, S, 2, T, n_bins]."""
        features = self._encode(magnitude)
        for block in self.blocks:
            features = block(features)
        return self._decode(features)

    def stream(self, magnitude: Tensor, *past: Tensor) -> tuple[Tensor, ...]:
        """Gives masks [1, S, 2, F, T] of the next magnitudes [1, 4, F, T], and what to pass with the ones after.

        `past` holds the last frames that each `Reach` saw, in the order of `reaches`, zeros at the start. Only for a
        causal network, whose masks are those of `forward` on everything so far.
        """
        n_known = self.options.n_bins
        features, states = self._encode(magnitude[:, :, :n_known]), list(past)
        for block in self.blocks:
            features = block(features, states)
        mask = self._decode(features).softmax(dim=1).transpose(3, 4)
        return (self._with_top(mask, magnitude.shape[2] - n_known), *states)

    @property
    def reaches(self) -> Sequence[Reach]:
        """The layers that look along time, in the order they are used."""
        return [module for module in self.modules() if isinstance(module, Reach)]

    def _with_top(self, mask: Tensor, n_above: int) -> Tensor:
        """Masks of all bins: `n_above` more after the ones that have bands."""
        above = mask[:, :, :, -self.options.n_averaged :].mean(dim=3, keepdim=True)
        return torch.cat([mask, above.expand(-1, -1, -1, n_above, -1)], dim=3)

    def _encode(self, magnitude: Tensor) -> Tensor:
        """Gives features [K, B, T, N] of magnitudes [B, 4, F, T]."""
        level = (compress(magnitude.transpose(2, 3)) - self.mean) / self.deviation
        level = level.to(self.norm.weight.dtype)
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
        """Gives mask logits [B, S, 2, T, n_bins] of features [K, B, T, N]."""
        features = self.norm(features)
        _, n_batch, n_frames, n = features.shape
        logits, start = [], 0
        for decoder, (n_bands, width) in zip(self.decoders, self.options.bands, strict=True):
            rows = decoder(features[start : start + n_bands].reshape(n_bands, -1, n))
            bins = rows.reshape(n_bands, n_batch, n_frames, -1, width).permute(1, 3, 2, 0, 4)
            logits.append(bins.reshape(n_batch, self.options.n_stems, 2, n_frames, n_bands * width))
            start += n_bands
        return torch.cat(logits, dim=-1)


def _blocks(options: LiteOptions) -> list[nn.Module]:
    """The blocks in their order: along time, across bands, and now and then at the song."""
    blocks: list[nn.Module] = []
    songs = list(options.song_dilations)
    for index, dilation in enumerate(options.dilations, start=1):
        blocks.append(TimeBlock(options.n_features, options.n_hidden, dilation, options.is_causal))
        blocks.append(BandBlock(options.n_features, options.n_bands, options.n_band_hidden))
        if index % options.song_every == 0 and songs:
            size = (options.n_features, options.n_bands, options.n_squeezed, options.n_song)
            blocks.append(SongBlock(size, songs.pop(0), options.is_causal))
    return blocks


def compress(magnitude: Tensor) -> Tensor:
    """Levels, log(magnitude + 0.03): they flatten some 60 dB below a bin of noise of unit variance, which is 39."""
    return torch.log(magnitude + 0.03)


def build_lite(artifact: Artifact) -> LiteNet:
    """The network of a `lite` artifact in evaluation mode; stored in half precision, computed in full."""
    net = LiteNet(LiteOptions.from_dict(artifact.spec.options["network"]))
    net.load_state_dict({name: value.float() for name, value in load_file(artifact.file(WEIGHTS)).items()})
    return net.eval()


@torch.no_grad()
def round_to_half(net: nn.Module) -> dict[str, NDArray[np.float16]]:
    """Weights by name in half precision, after rounding those of `net` itself to the same values."""
    weights = {name: value.half() for name, value in net.state_dict().items()}
    net.load_state_dict({name: value.float() for name, value in weights.items()})
    return {name: value.numpy() for name, value in weights.items()}


@torch.inference_mode()
def masks(net: LiteNet, magnitude: NDArray[np.float32]) -> NDArray[np.float32]:
    """Masks [B, S, 2, F, T] of magnitudes [B, 4, F, T], from torch."""
    mask: NDArray[np.float32] = net.eval()(torch.from_numpy(magnitude)).numpy()
    return mask
