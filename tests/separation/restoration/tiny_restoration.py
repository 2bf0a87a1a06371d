"""A restoration network small enough for tests, with random weights, and how it runs without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray

from mixassist.runtime import ModelSpec
from separation.live.net import run_frame
from separation.net import LiteOptions
from separation.restoration.net import Design, RestorationNet, restoration_spec, streaming

TINY = LiteOptions(
    n_fft=64,
    hop=16,
    bands=((3, 2), (2, 8)),
    n_features=8,
    n_hidden=12,
    n_band_hidden=6,
    dilations=(1, 2, 4),
    song_dilations=((1, 3),),
    song_every=2,
    n_squeezed=2,
    n_song=10,
    is_causal=True,
    n_stems=3,
    n_averaged=4,
)
TINY_DESIGN = Design(TINY, n_ahead=3, n_run=4)


def tiny_net(seed: int = 0) -> RestorationNet:
    torch.manual_seed(seed)
    net = RestorationNet(TINY, TINY_DESIGN.n_ahead)
    # Untrained shares hardly differ from bin to bin, and would hide a mistake.
    for weight in net.decoders.parameters():
        torch.nn.init.normal_(weight, std=2.0)
    return net.eval()


class TorchSession:
    """A network as a session, in float32."""

    engine, precision, device = "torch", "fp32", "cpu"

    def __init__(self, net: RestorationNet, design: Design = TINY_DESIGN) -> None:
        self.net = streaming(net)
        self.spec: ModelSpec = restoration_spec(design)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        self.spec.check_inputs(inputs)
        return run_frame(self.net, self.spec, inputs)
