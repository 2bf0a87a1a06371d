"""`Passage`: a crop of a recording as it is learned by ear: told to the network, rendered, held against the sound.

This module is a door of torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from transfer.instrument.design import LOUDEST_SHAPE, QUIETEST_DB, Floats
from transfer.instrument.loss import spectral_loss
from transfer.instrument.material import Crop
from transfer.instrument.net import InstrumentNet
from transfer.instrument.rendering import Renderer, Waves


@dataclass(frozen=True)
class Passage:
    """A crop as the second stage needs it: what is told, its level, the waves of its pitch, the sound to come to."""

    told: Tensor
    level: Tensor
    waves: Waves
    sound: Tensor

    @classmethod
    def of(cls, crop: Crop, renderer: Renderer, shift_semitones: float = 0.0) -> Passage:
        """The passage of a crop, whose pitch is told so much too high.

        Of the frames before it only those are sounded that are still heard in the room; all others are told alone.
        """
        loudness_db = crop.loudness_db
        level = np.where(loudness_db > QUIETEST_DB, 10 ** (loudness_db / 20), 0).astype(np.float32)
        pitch: Floats = crop.f0_hz.astype(np.float64)
        return cls(
            torch.from_numpy(crop.told(renderer.design, shift_semitones))[None],
            torch.from_numpy(level)[:, None],
            renderer.waves(pitch[max(crop.n_before - renderer.design.n_ringing, 0) :]),
            torch.from_numpy(crop.sound),
        )

    def render(self, net: InstrumentNet, renderer: Renderer) -> Tensor:
        """What `net` makes of it."""
        shapes = run_net(net, self.told)[0].T
        amplitudes = shapes.clamp_max(LOUDEST_SHAPE).exp() * self.level
        sound = renderer.render(amplitudes[-len(self.waves.values) :], self.waves)
        heard = sound if net.room is None else net.room(sound)
        return heard[-len(self.sound) :]

    def loss(self, net: InstrumentNet, renderer: Renderer) -> Tensor:
        """How far that is from the sound."""
        return spectral_loss(self.render(net, renderer), self.sound)


def run_net(net: InstrumentNet, told: Tensor) -> Tensor:
    """Shapes [B, n_shapes, K] of controls [B, N_CONTROLS, K] from silence on."""
    shapes: Tensor = net(told, *net.layer.zeros(len(told)))[0]
    return shapes
