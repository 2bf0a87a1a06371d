"""The state that silence leads an LSTM to, as `.nam` files carry it.

References:
    neural-amp-modeler, nam/models/recurrent.py (`_get_initial_state`: one second of zeros at 48 kHz).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from amp_models.nam.format import Nam

N_FRAMES = 48000
"""Frames of silence that the trainer plays before it takes down the state."""

SETTLED = 1e-12
"""A state that moves less than this in a frame has come to rest; full scale is 1."""

Floats = NDArray[np.float64]


def rest_lstm(nam: Nam) -> Nam:
    """The LSTM with its first states where silence leads to from them."""
    n_in, n_cells = int(nam.config["input_size"]), int(nam.config["hidden_size"])
    weights = nam.weights.copy()
    silence = np.zeros((1, n_in))
    start = 0
    for width in [n_in] + [n_cells] * (int(nam.config["num_layers"]) - 1):
        sizes = (4 * n_cells * (width + n_cells), 4 * n_cells, n_cells, n_cells)
        places = [slice(*ends) for ends in pairwise(np.cumsum((start, *sizes)))]
        joined, bias, *first = (weights[place].astype(np.float64) for place in places)
        # What a layer gives on its way to rest is what the next one hears on its own way.
        silence, cell = _run(joined.reshape(4 * n_cells, width + n_cells), bias, first, silence)
        weights[places[2]], weights[places[3]] = silence[-1], cell
        start = places[3].stop
    return replace(nam, weights=weights)


def _run(joined: Floats, bias: Floats, first: list[Floats], x: Floats) -> tuple[Floats, Floats]:
    """Hidden states [K, n_cells], up to where they settle, and the last cell [n_cells], for inputs [K, n_in].

    The last input goes on for as long as is needed. Gates stand in the order i f g o (torch's).
    """
    hidden, cell = first
    heard = []
    for index in range(N_FRAMES):
        before = (hidden, cell)
        sums = joined @ np.concatenate([x[min(index, len(x) - 1)], hidden]) + bias
        enter, keep, new, leave = np.split(sums, 4)
        cell = _sigmoid(keep) * cell + _sigmoid(enter) * np.tanh(new)
        hidden = _sigmoid(leave) * np.tanh(cell)
        heard.append(hidden)
        moved = max(np.abs(hidden - before[0]).max(), np.abs(cell - before[1]).max())
        if index >= len(x) - 1 and moved < SETTLED:
            break
    return np.array(heard), cell


def _sigmoid(x: Floats) -> Floats:
    y: Floats = (1 + np.tanh(x / 2)) / 2
    return y
