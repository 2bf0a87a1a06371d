"""A restoration network small enough for tests, with random weights, and how it runs without an engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from numpy.typing import NDArray

from mixassist.runtime import ModelSpec
from separation.live.net import run_frame
from separation.restoration.net import Design, RestorationNet, RestorationNetOptions, restoration_spec

TINY = RestorationNetOptions(
    n_fft=64,
    hop=16,
    n_ahead=3,
    offsets=(-3, -1, 1, 2, 5),
    beside=(-1, 1),
    band_edges=(0, 6, 20),
    falls=(0.2, 0.8),
    n_hidden=8,
)
TINY_DESIGN = Design(TINY, n_run=4)


def tiny_net(seed: int = 0) -> RestorationNet:
    torch.manual_seed(seed)
    net = RestorationNet(TINY)
    # Untrained shares hardly differ from bin to bin, and would hide a mistake.
    for weight in net.leave.parameters():
        torch.nn.init.normal_(weight, std=2.0)
    return net.eval()


class TorchSession:
    """A network as a session, in float32."""

    engine, precision, device = "torch", "fp32", "cpu"

    def __init__(self, net: RestorationNet, design: Design = TINY_DESIGN) -> None:
        self.net = net.eval()
        self.spec: ModelSpec = restoration_spec(design)

    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        self.spec.check_inputs(inputs)
        return run_frame(self.net, self.spec, inputs)
