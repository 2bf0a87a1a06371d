"""LSTMs in training: one layer and its head, with backpropagation through all samples that are judged."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from amp_models.learning.learner import Judge, Signal
from amp_models.learning.lstm_layer import Array, lstm_backward, lstm_forward
from amp_models.learning.parameters import Layout, Vector, beside, stacked
from amp_models.learning.workspace import Workspace
from amp_models.nam.format import Nam
from mixassist.errors import ModelError

N_PAST = 1024
"""Samples before the first one that is judged, for the cells to forget how they were started."""

N_PLAYED = 16384
"""Samples played at once: all gates and cells of them are kept."""


class Parameters(NamedTuple):
    """In the order of the file."""

    joined: Array
    bias: Array
    first_hidden: Array
    first_cell: Array
    head: Array
    head_bias: Array


class Course(NamedTuple):
    """Gates [T, 4H] and cells [T, H] behind their curves; cells and hidden [T + 1, H] from their start on."""

    gates: Array
    cells: Array
    hidden: Array
    bent: Array


class LstmLearner:
    """An LSTM as `Learner`. Its first states stay as the file has them, until it is brought to rest for export."""

    def __init__(self, nam: Nam) -> None:
        if int(nam.config["num_layers"]) != 1:
            raise ModelError(f"an LSTM of {nam.config['num_layers']} layers is played but not trained here: take one")
        n, n_in = int(nam.config["hidden_size"]), int(nam.config["input_size"])
        self.layout = Layout(((4 * n, n_in + n), (4 * n,), (n,), (n,), (1, n), (1,)))
        if nam.weights.size != self.layout.n_weights:
            raise ModelError(f"the model has {nam.weights.size} weights, its LSTM takes {self.layout.n_weights}")
        self.weights: Vector = nam.weights.copy()
        joined, bias, _, _, head, head_bias = self.layout.places()
        self.matrices = stacked([beside(joined, bias), beside(head, head_bias)])
        self.n_past, self._n_in = N_PAST, n_in
        self._workspace = Workspace()

    def play(self, audio: Signal, knobs: Signal) -> Signal:
        parameters = Parameters(*self.layout.views(self.weights))
        states = (parameters.first_hidden, parameters.first_cell)
        answers = []
        for start in range(0, audio.size, N_PLAYED):
            course = self._run(parameters, audio[start : start + N_PLAYED], knobs, states)
            states = (course.hidden[-1].copy(), course.cells[-1].copy())
            answers.append(_answer(parameters, course.hidden[1:]))
        return np.concatenate(answers)[self.n_past :]

    def learn(self, audio: Signal, knobs: Signal, judge: Judge, gradient: Vector) -> None:
        parameters, found = Parameters(*self.layout.views(self.weights)), Parameters(*self.layout.views(gradient))
        first, end, n_in = self.n_past, audio.size, self._n_in
        course = self._run(parameters, audio, knobs, (parameters.first_hidden, parameters.first_cell))
        of_answer = judge(_answer(parameters, course.hidden[first + 1 :]))
        found.head[:] += of_answer @ course.hidden[first + 1 :]
        found.head_bias[:] += of_answer.sum()
        of_hidden = np.ascontiguousarray(of_answer[:, None] * parameters.head)
        of_sums = course.gates[first:]
        lstm_backward(self._recurrent(parameters), of_sums, course.cells[first:end], course.bent[first:], of_hidden)
        total = of_sums.sum(axis=0)
        found.joined[:, 0] += audio[first:] @ of_sums
        found.joined[:, 1:n_in] += total[:, None] * knobs
        found.joined[:, n_in:] += of_sums.T @ course.hidden[first:end]
        found.bias[:] += total

    def _run(self, parameters: Parameters, audio: Signal, knobs: Signal, states: tuple[Any, Any]) -> Course:
        """What happens at every sample from those states on, in the workspace of the thread."""
        n_cells, n_frames, space = parameters.first_hidden.size, audio.size, self._workspace
        gates, bent = space.array("gates", n_frames, 4 * n_cells), space.array("bent", n_frames, n_cells)
        cells, hidden = (space.array(what, n_frames + 1, n_cells) for what in ("cells", "hidden"))
        hidden[0], cells[0] = states
        shifted = parameters.bias + parameters.joined[:, 1 : self._n_in] @ knobs
        weights = (np.ascontiguousarray(parameters.joined[:, 0]), self._recurrent(parameters), shifted)
        lstm_forward(audio, weights, (gates, cells, hidden, bent))
        return Course(gates, cells, hidden, bent)

    def _recurrent(self, parameters: Parameters) -> Array:
        return np.ascontiguousarray(parameters.joined[:, self._n_in :].T)


def _answer(parameters: Parameters, hidden: Array) -> Signal:
    """Answers [n] to hidden states [n, H]."""
    answer: Signal = hidden @ parameters.head[0] + parameters.head_bias[0]
    return answer
