"""The network of restoration: views of a spectrum in, shares of sound, tail and noise out.

It is the causal `LiteNet` with one mask for all channels, which is hinted at what classical rules would say: the steady
level for the noise, the lingering ones for the tail, bin by bin. It may look ahead: the shares it gives with frame t
are then those of frame t - `n_ahead`, and streams declare that much more latency.

This module is a door of torch: import it only where a network is built.

Conventions: B batch, V views, S parts, F bins, T frames, K bands, N features.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from mixassist.runtime import Artifact, ModelSpec
from mixassist.runtime.artifact import WEIGHTS
from mixassist.runtime.spec import TensorSpec
from separation.live.net import LiveNet
from separation.net import LiteNet, LiteOptions, compress
from separation.net_layers import BandLinear, Reach, SongBlock, TimeBlock
from separation.restoration.stream import KIND, NOISE, PARTS, TAIL
from separation.restoration.views import ALL, LARGE_ROOM, N_VIEWS, SMALL_ROOM, STEADY
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


FIRST_DOUBT = -2.0
"""Logit of tail and noise before anything was learned."""


@dataclass(frozen=True)
class Design:
    """A network, how many frames it looks ahead, and how many it is run on at a time."""

    network: LiteOptions
    n_ahead: int
    n_run: int


DESIGNS = {"restore": Design(NETWORK, 8, 32), "restore-live": Design(NETWORK, 0, 1)}
"""Offline, 93 ms ahead; and live, 46 ms late at most."""


class RestorationNet(LiteNet):
    """Maps views [B, V, F, T] to shares [B, S, 1, F, T] that sum to 1 over the parts."""

    def __init__(self, options: LiteOptions, n_ahead: int = 0) -> None:
        super().__init__(options)
        n, n_out = options.n_features, options.n_stems
        self.n_ahead = n_ahead
        self.encoders = nn.ModuleList(BandLinear(k, N_VIEWS * width, n) for k, width in options.bands)
        decoders = [BandLinear(k, n, n_out * width) for k, width in options.bands]
        for decoder, (_, width) in zip(decoders, options.bands, strict=True):
            nn.init.constant_(decoder.bias[..., width:], FIRST_DOUBT)
        self.decoders = nn.ModuleList(decoders)
        self.hints = nn.Parameter(_first_hints(options.n_bins))

    def logits(self, magnitude: Tensor) -> Tensor:
        """Gives what the softmax over S makes shares of, [B, S, 1, T, n_bins], of views [B, V, n_bins, T]."""
        levels = compress(magnitude.transpose(2, 3))
        earlier = functional.pad(levels, (0, 0, self.n_ahead, 0))[:, :, : levels.shape[2]]
        return super().logits(magnitude) + self._hint(earlier)

    def stream(self, magnitude: Tensor, *past: Tensor) -> tuple[Tensor, ...]:
        """Gives shares of the next views [1, V, F, T], and what to pass with the ones after.

        `past` holds the last levels where the network looks ahead, and the last frames that each `Reach` saw.
        """
        known, states = magnitude[:, :, : self.options.n_bins], list(past)
        earlier = compress(known.transpose(2, 3))
        if self.n_ahead:
            seen = torch.cat([states.pop(0)[None], earlier], dim=2)
            earlier = seen[:, :, : -self.n_ahead]
            states.append(seen[0, :, -self.n_ahead :])
        features = self._encode(known)
        for block in self.blocks:
            features = block(features, states)
        share = (self._decode(features) + self._hint(earlier)).softmax(dim=1).transpose(3, 4)
        return (self._with_top(share, magnitude.shape[2] - self.options.n_bins), *states)

    def _hint(self, levels: Tensor) -> Tensor:
        """Gives logits [B, S, 1, T, n_bins] of levels [B, V, T, n_bins], bin by bin."""
        levels = levels.to(self.hints.dtype)
        hints = [torch.sum(levels * part[None, :, None], dim=1) for part in self.hints]
        return torch.stack(hints, dim=1)[:, :, None]

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


def _first_hints(n_bins: int) -> Tensor:
    """Weights [S, V, n_bins] of the views' levels: at first, noise is what is steady, and tail is what lingers."""
    hints = torch.zeros(len(PARTS), N_VIEWS, n_bins)
    hints[TAIL, [SMALL_ROOM, LARGE_ROOM]] = 0.5
    hints[NOISE, STEADY] = 1.0
    hints[[TAIL, NOISE], ALL] = -1.0
    return hints


class StreamingRestoration(RestorationNet, LiveNet):
    """The network as engines run it: [1, V, F, T] and states to [1, S, 1, F, T] and states."""


def streaming(net: RestorationNet) -> StreamingRestoration:
    """The same network, weights and all, in the form that streams."""
    stream = StreamingRestoration(net.options, net.n_ahead)
    stream.load_state_dict(net.state_dict())
    return stream.to(next(net.parameters()).dtype).eval()


def build_restoration(artifact: Artifact) -> StreamingRestoration:
    """The network of a restoration artifact in evaluation mode; stored in half precision, computed in full."""
    options = artifact.spec.options
    net = StreamingRestoration(LiteOptions.from_dict(options["network"]), options["n_ahead"])
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
        states=tuple(TensorSpec(f"past_{index}", shape) for index, shape in enumerate(_past_shapes(design))),
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


def _past_shapes(design: Design) -> list[tuple[int, int, int]]:
    """The levels that are kept for looking ahead, and what each layer that looks along time keeps, in their order."""
    options = design.network
    shapes = [(N_VIEWS, design.n_ahead, options.n_bins)] if design.n_ahead else []
    for block in RestorationNet(options).blocks:
        if isinstance(block, TimeBlock):
            shapes.append((options.n_bands, block.widen.n_past, options.n_features))
        elif isinstance(block, SongBlock):
            shapes += [(1, step.n_past, options.n_song) for step in block.steps if isinstance(step, Reach)]
    return shapes
