"""A take read along a line: whole and broken delays, drifted clocks and jumps become samples that lie on the DI's.

Band-limited interpolation by a windowed sinc; its table holds every 256th of a sample and is read linearly in between.

References:
    J. Smith, P. Gossett, "A flexible sampling-rate conversion method", ICASSP 1984.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]

N_TAPS = 32
N_PHASES = 256
KAISER_BETA = 9.0
N_BLOCK = 16384


def read_along(take: Signal, places: Signal) -> Signal:
    """Values [n] of `take` [T] at `places` [n] in samples; zeros lie before and after the take."""
    table = _table()
    padded = np.pad(take, N_TAPS)
    values = np.empty(places.size)
    for first in range(0, places.size, N_BLOCK):
        block = np.clip(places[first : first + N_BLOCK], -N_TAPS / 2, take.size + N_TAPS / 2 - 1)
        whole = np.floor(block).astype(int)
        phase = (block - whole) * N_PHASES
        row = np.minimum(phase.astype(int), N_PHASES - 1)  # a place just under a whole number rounds up to a whole
        share = phase - row
        taps = table[row] + share[:, None] * (table[row + 1] - table[row])
        index = whole[:, None] + np.arange(1 - N_TAPS // 2, N_TAPS // 2 + 1) + N_TAPS
        values[first : first + N_BLOCK] = np.einsum("nk,nk->n", padded[index], taps)
    return values


def _table() -> Signal:
    """Sinc times Kaiser window for every fraction of a sample, [N_PHASES + 1, N_TAPS]; each row passes DC unchanged."""
    fractions = np.arange(N_PHASES + 1)[:, None] / N_PHASES
    distance = np.arange(1 - N_TAPS // 2, N_TAPS // 2 + 1) - fractions
    shape = np.sqrt(np.clip(1 - (2 * distance / N_TAPS) ** 2, 0, None))
    rows = np.sinc(distance) * np.i0(KAISER_BETA * shape)
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))
