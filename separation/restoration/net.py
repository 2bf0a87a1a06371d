"""The network of restoration: views of a spectrum in, shares of sound, tail and noise out.

It is the causal `LiteNet` with one mask for all channels. It may look ahead: the shares it gives with frame t are then
those of frame t - `n_ahead`, and streams declare that much more latency.

This module is a door of torch: import it only where a network is built.

Conventions: B batch, S parts, F bins, T frames, K bands, N features.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from mixassist.runtime import Artifact, ModelSpec
from mixassist.runtime.artifact import WEIGHTS
from mixassist.runtime.spec import TensorSpec
from separation.live.net import LiveNet
from separation.net import LiteNet, LiteOptions
from separation.net_layers import BandLinear, Reach, SongBlock, TimeBlock
from separation.restoration.stream import KIND, PARTS
from separation.restoration.views import N_VIEWS
from separation.songs import RATE

NETWORK = LiteOptions(
    n_fft=2048,
    hop=512,
    bands=((8, 3), (8, 6), (6, 12), (4, 24), (3, 48), (2, 96), (2, 172)),
    n_features=48,
    n_hidden=96,
    n_band_hidden=48,
    dilations=(1, 2, 4, 8, 16, 32),
    song_dilations=((1, 4), (2, 8)),
    n_song=96,
    is_causal=True,
    n_stems=len(PARTS),
    n_averaged=64,
)


@dataclass(frozen=True)
class Design:
    """A network, how many frames it looks ahead, and how many it is run on at a time."""

    network: LiteOptions
    n_ahead: int
    n_run: int


DESIGNS = {"restore": Design(NETWORK, 8, 32), "restore-live": Design(NETWORK, 0, 1)}
"""Offline, 93 ms ahead; and live, 46 ms late at most."""


class RestorationNet(LiteNet):
    """Maps views [B, 4, F, T] to shares [B, S, 1, F, T] that sum to 1 over the parts."""

    def __init__(self, options: LiteOptions) -> None:
        super().__init__(options)
        n, n_out = options.n_features, options.n_stems
        self.decoders = nn.ModuleList(BandLinear(k, n, n_out * width) for k, width in options.bands)

    def _decode(self, features: Tensor) -> Tensor:
        """Gives logits [B, S, 1, T, n_bins] of features [K, B, T, N]."""
        features = self.norm(features)
        _, n_batch, n_frames, n = features.shape
        logits, start = [], 0
        for decoder, (n_bands, width) in zip(self.decoders, self.options.bands, strict=True):
            rows = decoder(features[start : start + n_bands].reshape(n_bands, -1, n))
            bins = rows.reshape(n_bands, n_batch, n_frames, -1, width).permute(1, 3, 2, 0, 4)
            logits.append(bins.reshape(n_batch, self.options.n_stems, 1, n_frames, n_bands * width))
            start += n_bands
        return torch.cat(logits, dim=-1)


class StreamingRestoration(RestorationNet, LiveNet):
    """The network as engines run it: [1, 4, F, T] and states to [1, S, 1, F, T] and states."""


def streaming(net: RestorationNet) -> StreamingRestoration:
    """The same network, weights and all, in the form that streams."""
    stream = StreamingRestoration(net.options)
    stream.load_state_dict(net.state_dict())
    return stream.to(next(net.parameters()).dtype).eval()


def build_restoration(artifact: Artifact) -> StreamingRestoration:
    """The network of a restoration artifact in evaluation mode; stored in half precision, computed in full."""
    net = StreamingRestoration(LiteOptions.from_dict(artifact.spec.options["network"]))
    net.load_state_dict({name: value.float() for name, value in load_file(artifact.file(WEIGHTS)).items()})
    return net.eval()


def restoration_spec(design: Design) -> ModelSpec:
    """The declared face of a network. `latency_samples` is that of the transform around it and of looking ahead."""
    options, n_run = design.network, design.n_run
    n_bins = options.n_fft // 2 + 1
    return ModelSpec(
        kind=KIND,
        rate=RATE,
        n_channels=2,
        inputs=(TensorSpec("views", (1, N_VIEWS, n_bins, n_run)),),
        outputs=(TensorSpec("shares", (1, len(PARTS), 1, n_bins, n_run)),),
        states=tuple(TensorSpec(f"past_{index}", shape) for index, shape in enumerate(_past_shapes(options))),
        latency_samples=options.n_fft - options.hop + design.n_ahead * options.hop,
        block_multiple=n_run * options.hop,
        options={
            "stems": list(PARTS),
            "n_fft": options.n_fft,
            "hop": options.hop,
            "n_ahead": design.n_ahead,
            "segment": n_run * options.hop,
            "network": asdict(options),
        },
    )


def _past_shapes(options: LiteOptions) -> list[tuple[int, int, int]]:
    """What each layer that looks along time keeps, in their order: [rows, frames, features]."""
    shapes = []
    for block in RestorationNet(options).blocks:
        if isinstance(block, TimeBlock):
            shapes.append((options.n_bands, block.widen.n_past, options.n_features))
        elif isinstance(block, SongBlock):
            shapes += [(1, step.n_past, options.n_song) for step in block.steps if isinstance(step, Reach)]
    return shapes
