"""The short room of an instrument: how it is told in the model's face, and what plays it, hop by hop.

Conventions: the answer of the room is h[0] = 1, the direct sound, and h[1] ... h[n_room], which are learned: the body
of the instrument, the first reflections, the microphone's place. Told are the learned ones, as base64 of float32,
little-endian: 2048 numbers are one line of the manifest so.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples
from mixassist.dsp.partitioned_convolution import PartitionedConvolution
from mixassist.errors import ModelError
from transfer.instrument.design import InstrumentDesign

ROOM = "room"
"""What the room is called among the options of a model's face."""


def told_room(taps: NDArray[np.float32]) -> str:
    """The learned taps [n_room] as a model's face tells them."""
    return base64.b64encode(taps.astype("<f4").tobytes()).decode("ascii")


def read_room(options: Mapping[str, Any], n_room: int) -> NDArray[np.float32]:
    """Undoes `told_room` for the options of a model's face: the learned taps [n_room].

    Raises:
        ModelError: when they are missing, damaged or not as many.
    """
    try:
        taps = np.frombuffer(base64.b64decode(options[ROOM], validate=True), "<f4").astype(np.float32)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise ModelError(f"the room of the instrument cannot be read ({error!r}): train it again") from error
    if taps.size != n_room or not np.isfinite(taps).all():
        raise ModelError(f"the room of the instrument has {taps.size} taps, not {n_room} numbers: train it again")
    return taps


class Room:
    """Sound [hop] after sound in the room of a model with these options, without delay."""

    def __init__(self, options: Mapping[str, Any], design: InstrumentDesign) -> None:
        answer = np.concatenate([np.ones(1, np.float32), read_room(options, design.n_room)])
        self._convolution = PartitionedConvolution(answer, 1, design.hop)
        self._sound: Samples = np.zeros((1, design.hop), np.float32)

    def process(self, sound: Samples) -> Samples:
        """What of a hop [1, hop] and of those before it is heard meanwhile: an array that the next hop writes into."""
        self._convolution.process(sound, self._sound)
        return self._sound

    def reset(self) -> None:
        """Back to silence."""
        self._convolution.reset()
