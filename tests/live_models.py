"""A small causal network with random weights: as an artifact, and as a session in float64."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from numpy.typing import NDArray

from mixassist.runtime import Artifact, ModelSpec
from mixassist.runtime.artifact import ModelCard
from separation.live.artifact import export_live
from separation.live.net import LiveNet, live_spec, run_frame
from separation.net import LiteNet, LiteOptions, round_to_half

SMALL = LiteOptions(
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
    n_averaged=4,
)


class ExactSession:
    """A network on torch in float64, which no artifact stores: for what has to hold but for rounding."""

    engine, precision, device = "torch", "fp64", "cpu"

    def __init__(self, net: LiveNet, **refinement: float) -> None:
        spec = live_spec(net.options, refinement)
        inputs, outputs, states = (
            tuple(replace(tensor, dtype="float64") for tensor in tensors)
            for tensors in (spec.inputs, spec.outputs, spec.states)
        )
        self.net = net.double()
        self.spec: ModelSpec = replace(spec, inputs=inputs, outputs=outputs, states=states)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        self.spec.check_inputs(inputs)
        return run_frame(self.net, self.spec, inputs)


def small_live_net() -> LiteNet:
    """The network, its weights as an artifact stores them."""
    torch.manual_seed(0)
    net = LiteNet(SMALL)
    # Untrained masks hardly differ from bin to bin, and would hide a mistake.
    for weight in net.decoders.parameters():
        torch.nn.init.normal_(weight, std=2.0)
    round_to_half(net)
    return net.eval()


def write_small_live(folder: Path) -> Artifact:
    """The artifact `small-live` at `folder / small-live`."""
    card = ModelCard("small-live", "CC0-1.0")
    return export_live(small_live_net(), card, {"CARD.md": "small\n"}, folder / "small-live", {})
