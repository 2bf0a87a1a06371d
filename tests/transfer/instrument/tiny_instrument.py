"""A random instrument, small enough to be made on the spot, and its session without an engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mixassist.runtime.spec import ModelSpec
from transfer.controls.statistics import QUANTILES, ControlStatistics
from transfer.instrument.design import InstrumentDesign
from transfer.instrument.net import InstrumentNet

TINY = InstrumentDesign(n_partials=8, n_bands=6, n_features=8, dilations=(1, 2))
LEARNED = ControlStatistics(QUANTILES, np.linspace(50, 80, QUANTILES.size), np.linspace(-40, -10, QUANTILES.size))


def tiny_net(taps: Sequence[float] | NDArray[np.float32] = ()) -> InstrumentNet:
    """A random network whose statistics are `LEARNED`, in a room of these taps behind the direct sound."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        net = InstrumentNet(replace(TINY, n_room=len(taps)))
    net.settle()
    net.keep_statistics(LEARNED.to_dict())
    if net.room is not None:
        net.room.weights.data = torch.tensor(taps) / net.room.fall
        net.keep_room()
    return net.eval()


class NetSession:
    """A session that runs a network as it is."""

    engine, precision, device = "none", "fp32", "cpu"

    def __init__(self, net: InstrumentNet) -> None:
        self._net = net
        self.spec: ModelSpec = net.spec

    @torch.inference_mode()
    def run(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        given = self._net(*(torch.from_numpy(inputs[tensor.name]) for tensor in self.spec.fed))
        return {tensor.name: value.numpy() for tensor, value in zip(self.spec.returned, given, strict=True)}
