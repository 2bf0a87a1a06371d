"""What can be trained: a network as a flat vector of weights that plays, and that tells its gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from amp_models.learning.parameters import Places, Vector
from amp_models.nam.format import Nam
from mixassist.errors import ModelError

Signal = NDArray[np.float32]
Judge = Callable[[Signal], Signal]
"""From what a network played, [n], to the gradient of the loss along each sample of it."""


class Learner(Protocol):
    """A network in training.

    Attributes:
        weights: all of them, [n], in the order of the file; whoever trains changes them in place.
        matrices: stacks of places [k, rows, columns] in `weights`, each a linear map with its bias.
        n_past: samples that are heard before the first one that is answered.
    """

    weights: Vector
    matrices: list[Places]
    n_past: int

    def play(self, audio: Signal, knobs: Signal) -> Signal:
        """Answers [T - n_past] to `audio` [T] with the knobs [K] where they stand."""
        ...

    def learn(self, audio: Signal, knobs: Signal, judge: Judge, gradient: Vector) -> None:
        """Adds to `gradient` [n] how the loss that `judge` tells follows the weights; safe in several threads."""
        ...


def open_learner(nam: Nam, device: str = "cpu") -> Learner:
    """The network of a model, ready to be trained: our own arithmetic on CPUs, torch's on a GPU.

    Raises:
        ModelError: when the network is of a kind that is played here but not trained.
    """
    if device != "cpu":
        from amp_models.learning.torch_learner import TorchLearner

        return TorchLearner(nam, device)
    from amp_models.learning.lstm_learner import LstmLearner
    from amp_models.learning.wavenet_learner import WaveNetLearner

    if nam.architecture == "WaveNet":
        return WaveNetLearner(nam)
    if nam.architecture == "LSTM":
        return LstmLearner(nam)
    raise ModelError(f"a {nam.architecture} is played but not trained here: train a WaveNet or an LSTM")
