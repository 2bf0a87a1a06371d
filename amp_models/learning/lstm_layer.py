"""An LSTM layer and its gradient, compiled: one sample after the other, all gates of a sample at once.

Conventions:
    The gates stand in torch's order i f g o; `recurrent` is [H, 4H], one row for each cell heard.

    z = Wx x + Wh h + b,  c ← σ(f) c + σ(i) tanh(g),  h ← σ(o) tanh(c)

References:
    Hochreiter and Schmidhuber 1997; Werbos 1990 (backpropagation through time).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amp_models.learning.rows import bend_tanh, compiled

Array = NDArray[np.float32]


@compiled
def bend_gates(sums: Array) -> None:
    """Puts what the gates [4H] make of their sums in their place: σ(z) = ½ + ½ tanh(z / 2), one curve for all."""
    n_cells = sums.size // 4
    half = np.float32(0.5)
    for g in range(2 * n_cells):
        sums[g] *= half
    for g in range(3 * n_cells, 4 * n_cells):
        sums[g] *= half
    bend_tanh(sums)
    for g in range(2 * n_cells):
        sums[g] = half + half * sums[g]
    for g in range(3 * n_cells, 4 * n_cells):
        sums[g] = half + half * sums[g]


@compiled
def lstm_forward(audio: Array, weights: tuple[Array, Array, Array], signals: tuple[Array, Array, Array, Array]) -> None:
    """Fills what the layer makes of `audio` [T].

    Args:
        weights: of the input [4H], recurrent [H, 4H], bias [4H].
        signals: gates [T, 4H] behind their curves, cells [T + 1, H] and hidden [T + 1, H], whose first rows are where
            they start, and the cells behind their curve [T, H].
    """
    direct, recurrent, bias = weights
    gates, cells, hidden, bent = signals
    n_gates = gates.shape[1]
    n_cells = n_gates // 4
    for t in range(gates.shape[0]):
        z, heard, x = gates[t], hidden[t], audio[t]
        for g in range(n_gates):
            z[g] = bias[g] + direct[g] * x
        for j in range(0, n_cells - 3, 4):
            h_a, h_b, h_c, h_d = heard[j], heard[j + 1], heard[j + 2], heard[j + 3]
            a, b, c, d = recurrent[j], recurrent[j + 1], recurrent[j + 2], recurrent[j + 3]
            for g in range(n_gates):
                z[g] += h_a * a[g] + h_b * b[g] + h_c * c[g] + h_d * d[g]
        for j in range(n_cells - n_cells % 4, n_cells):
            for g in range(n_gates):
                z[g] += heard[j] * recurrent[j, g]
        bend_gates(z)
        curve = bent[t]
        for j in range(n_cells):
            cells[t + 1, j] = z[n_cells + j] * cells[t, j] + z[j] * z[2 * n_cells + j]
            curve[j] = cells[t + 1, j]
        bend_tanh(curve)
        for j in range(n_cells):
            hidden[t + 1, j] = z[3 * n_cells + j] * curve[j]


@compiled
def lstm_backward(recurrent: Array, gates: Array, cells: Array, bent: Array, of_hidden: Array) -> None:
    """Turns the gates [T, 4H] into the gradient before their curves, from that of the hidden states [T, H]."""
    n_cells = of_hidden.shape[1]
    n_gates = 4 * n_cells
    one = np.float32(1)
    of_next, of_cell = np.zeros(n_cells, np.float32), np.zeros(n_cells, np.float32)
    for t in range(gates.shape[0] - 1, -1, -1):
        z = gates[t]
        for j in range(n_cells):
            enter, keep, new, leave = z[j], z[n_cells + j], z[2 * n_cells + j], z[3 * n_cells + j]
            coming, curve = of_next[j] + of_hidden[t, j], bent[t, j]
            here = of_cell[j] + coming * leave * (one - curve * curve)
            z[j] = here * new * enter * (one - enter)
            z[n_cells + j] = here * cells[t, j] * keep * (one - keep)
            z[2 * n_cells + j] = here * enter * (one - new * new)
            z[3 * n_cells + j] = coming * curve * leave * (one - leave)
            of_cell[j] = here * keep
        for j in range(n_cells):
            row, sum_j = recurrent[j], np.float32(0)
            for g in range(n_gates):
                sum_j += z[g] * row[g]
            of_next[j] = sum_j
