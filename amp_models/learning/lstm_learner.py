"""LSTMs in training: one layer and its head, with backpropagation through all samples that are judged."""

from __future__ import annotations

from typing import Any

import numpy as np

from amp_models.learning.learner import Judge, Signal
from amp_models.learning.lstm_layer import Array, lstm_backward, lstm_forward
from amp_models.learning.parameters import Layout, Vector, beside, stacked
from amp_models.nam_format import Nam
from mixassist.errors import ModelError

N_PAST = 1024
"""Samples before the first one that is judged, for the cells to forget how they were started."""


class LstmLearner:
    """An LSTM as `Learner`. Its first states stay as the file has them, until it is brought to rest for export."""

    def __init__(self, nam: Nam) -> None:
        if int(nam.config["num_layers"]) != 1:
            raise ModelError(f"an LSTM of {nam.config['num_layers']} layers is played but not trained here: take one")
        n_cells, n_in = int(nam.config["hidden_size"]), int(nam.config["input_size"])
        self.layout = Layout(
            ((4 * n_cells, n_in + n_cells), (4 * n_cells,), (n_cells,), (n_cells,), (1, n_cells), (1,))
        )
        if nam.weights.size != self.layout.n_weights:
            raise ModelError(f"the model has {nam.weights.size} weights, its LSTM takes {self.layout.n_weights}")
        self.weights: Vector = nam.weights.copy()
        joined, bias, _, _, head, head_bias = self.layout.places()
        self.matrices = stacked([beside(joined, bias), beside(head, head_bias)])
        self.n_past, self._n_in = N_PAST, n_in

    def play(self, audio: Signal, knobs: Signal) -> Signal:
        parameters: list[Any] = self.layout.views(self.weights)
        return self._answer(parameters, self._forward(parameters, audio, knobs)[2])

    def learn(self, audio: Signal, knobs: Signal, judge: Judge, gradient: Vector) -> None:
        parameters: list[Any] = self.layout.views(self.weights)
        found: list[Any] = self.layout.views(gradient)
        first, end = self.n_past, audio.size
        gates, cells, hidden, bent = self._forward(parameters, audio, knobs)
        of_answer = judge(self._answer(parameters, hidden))
        found[4] += of_answer @ hidden[first + 1 :]
        found[5] += of_answer.sum()
        of_hidden = np.ascontiguousarray(of_answer[:, None] * parameters[4])
        recurrent = np.ascontiguousarray(parameters[0][:, self._n_in :].T)
        lstm_backward(recurrent, gates[first:], cells[first:end], bent[first:], of_hidden)
        of_sums = gates[first:]
        total = of_sums.sum(axis=0)
        found[0][:, 0] += audio[first:] @ of_sums
        found[0][:, 1 : self._n_in] += total[:, None] * knobs
        found[0][:, self._n_in :] += of_sums.T @ hidden[first:end]
        found[1] += total

    def _forward(self, parameters: list[Any], audio: Signal, knobs: Signal) -> tuple[Array, Array, Array, Array]:
        """Gates, cells, hidden and bent cells of every sample, as `lstm_forward` fills them."""
        joined, bias, first_hidden, first_cell = parameters[:4]
        n_cells, n_frames = first_hidden.size, audio.size
        gates, bent = np.empty((n_frames, 4 * n_cells), np.float32), np.empty((n_frames, n_cells), np.float32)
        cells, hidden = (np.empty((n_frames + 1, n_cells), np.float32) for _ in range(2))
        cells[0], hidden[0] = first_cell, first_hidden
        direct, recurrent = np.ascontiguousarray(joined[:, 0]), np.ascontiguousarray(joined[:, self._n_in :].T)
        shifted = bias + joined[:, 1 : self._n_in] @ knobs
        lstm_forward(audio, (direct, recurrent, shifted), (gates, cells, hidden, bent))
        return gates, cells, hidden, bent

    def _answer(self, parameters: list[Any], hidden: Array) -> Signal:
        answer: Signal = hidden[self.n_past + 1 :] @ parameters[4][0] + parameters[5][0]
        return answer
