"""The network of an instrument: what is played, frame by frame, to how loud partials and noise are.

Convolutions over the past alone, so that it streams without delay, and no recurrence, which NVIDIA's compiler would
walk through step by step. This module is a door of torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from torch import nn

from mixassist.runtime.artifact import Artifact
from mixassist.runtime.layers.artifact import load_weights
from mixassist.runtime.layers.convolution import ConvOptions
from mixassist.runtime.layers.layer import Pointwise, StreamLayer
from mixassist.runtime.layers.net import Face, StreamNet
from mixassist.runtime.layers.rest import RestingConv1d, settle
from mixassist.runtime.layers.structure import Chain, Residual
from mixassist.runtime.spec import TensorSpec
from transfer.instrument.design import KERNEL, KIND, N_CONTROLS, QUIETEST_DB, RATE, InstrumentDesign, told_controls
from transfer.instrument.learned_room import LearnedRoom
from transfer.instrument.room import ROOM, told_room

SLOPE = 0.1


class InstrumentNet(StreamNet):
    """Controls [B, N_CONTROLS, K] of K hops to shapes [B, n_shapes, K], in nepers relative to the loudness.

    Attributes:
        room: what the sound of these shapes passes, outside of the graph; None for a design without.
    """

    def __init__(self, design: InstrumentDesign) -> None:
        n = design.n_features
        layers: list[StreamLayer] = [_convolution(N_CONTROLS, n, 1), _activation()]
        for dilation in design.dilations:
            body = Chain(_convolution(n, n, dilation), _activation(), _pointwise(n, n))
            layers += [Residual(n, body), _activation()]
        super().__init__(Chain(*layers, _pointwise(n, design.n_shapes)), Face(KIND, RATE, N_CONTROLS, design.n_shapes))
        self.design = design
        self.room = LearnedRoom(design.n_room) if design.n_room else None
        self.spec = replace(
            self.spec,
            inputs=(TensorSpec("controls", (None, N_CONTROLS, None)),),
            outputs=(TensorSpec("shapes", (None, design.n_shapes, None)),),
            options={"design": design.to_dict()},
        )

    def keep_statistics(self, statistics: Mapping[str, Any]) -> None:
        """Lets the network's face tell what it learned from."""
        self.spec = replace(self.spec, options={**self.spec.options, "statistics": dict(statistics)})

    def keep_room(self) -> None:
        """Lets the network's face tell the room, if there is one, to those who play it."""
        if self.room is not None:
            told = told_room(self.room.taps.detach().cpu().float().numpy())
            self.spec = replace(self.spec, options={**self.spec.options, ROOM: told})

    def settle(self) -> None:
        """Puts the network to rest in silence, for streams to begin with."""
        silence = told_controls(np.array([440.0]), np.array([QUIETEST_DB]), self.design.note_reach)
        settle(self.layer, silence[:, 0].tolist())


def build_instrument(artifact: Artifact) -> InstrumentNet:
    """The network of an instrument's artifact, ready to run."""
    net = InstrumentNet(InstrumentDesign.from_dict(artifact.spec.options.get("design")))
    load_weights(net, artifact)
    return net


def _convolution(n_in: int, n_out: int, dilation: int) -> RestingConv1d:
    return RestingConv1d(n_in, n_out, KERNEL, ConvOptions(dilation=dilation))


def _pointwise(n_in: int, n_out: int) -> Pointwise:
    return Pointwise(nn.Conv1d(n_in, n_out, 1))


def _activation() -> Pointwise:
    return Pointwise(nn.LeakyReLU(SLOPE))
