"""WaveNets in training: their answer to a piece of audio, and the gradient of a loss of it, in compiled arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from amp_models.learning.learner import Judge, Signal
from amp_models.learning.parameters import Layout, Vector, stacked
from amp_models.learning.wavenet_array import NOTHING, ArrayLearner, Heard, Piece
from amp_models.nam.format import Nam
from amp_models.wavenet.schema import parse_wavenet
from mixassist.errors import ModelError

N_PLAYED = 16384
"""Answers at once: all that the layers hear on the way is kept, and a take is long."""

One = TypeVar("One", bound=NDArray[Any])


class WaveNetLearner:
    """A WaveNet as `Learner`: arrays of plain layers, as all sizes of the format have them."""

    def __init__(self, nam: Nam) -> None:
        config = parse_wavenet(nam.config)
        if config.post_head is not None or config.condition is not None:
            raise ModelError("a WaveNet with a network before or behind it is played but not trained here")
        self.arrays = [ArrayLearner(array) for array in config.arrays]
        self.layout = Layout((*(shape for array in self.arrays for shape in array.shapes()), (1,)))
        if nam.weights.size != self.layout.n_weights:
            raise ModelError(f"the model has {nam.weights.size} weights, its WaveNet takes {self.layout.n_weights}")
        self.weights: Vector = nam.weights.copy()
        self._own = self._per_array(self.layout.views(self.weights))
        places = self._per_array(self.layout.places())
        maps = [one for array, own in zip(self.arrays, places, strict=True) for one in array.matrices(own)]
        self.matrices = stacked(maps)
        self.n_past = sum(array.n_past + array.n_past_of_head for array in self.arrays)

    def play(self, audio: Signal, knobs: Signal) -> Signal:
        starts = range(0, audio.size - self.n_past, N_PLAYED)
        pieces = (Piece(audio[start : start + self.n_past + N_PLAYED], knobs) for start in starts)
        return np.concatenate([self._forward(piece)[0] * self.weights[-1] for piece in pieces])

    def learn(self, audio: Signal, knobs: Signal, judge: Judge, gradient: Vector) -> None:
        piece, gain = Piece(audio, knobs), self.weights[-1]
        bare, heard = self._forward(piece)
        of_answer = judge(bare * gain)
        gradient[-1] += np.dot(bare, of_answer)
        of_x, of_head = NOTHING, (of_answer * gain)[None]
        found = self._per_array(self.layout.views(gradient))
        for index in reversed(range(len(self.arrays))):
            both, what = (of_x, of_head), (heard[index], piece)
            of_x, of_head = self.arrays[index].backward(self._own[index], found[index], both, what)

    def _forward(self, piece: Piece) -> tuple[Signal, list[Heard]]:
        """The answer before its gain, and what every array heard."""
        x, head, heard = piece.audio[None], NOTHING, []
        n_answer = piece.audio.size - self.n_past
        for index, (array, own) in enumerate(zip(self.arrays, self._own, strict=True)):
            n_gathered = n_answer + sum(later.n_past_of_head for later in self.arrays[index:])
            begun = head[:, -n_gathered:] if head.size else np.zeros((array.config.n_channels, n_gathered), np.float32)
            x, head, kept = array.forward(own, x, begun, piece)
            heard.append(kept)
        return head[0], heard

    def _per_array(self, parameters: Sequence[One]) -> list[Sequence[One]]:
        """The parameters of each array; the gain, which is last, apart."""
        ends = np.cumsum([0, *(len(array.shapes()) for array in self.arrays)])
        return [parameters[first:end] for first, end in pairwise(ends)]
