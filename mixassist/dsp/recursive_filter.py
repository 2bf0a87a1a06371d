"""`RecursiveFilter`: a filter with feedback on a stream, piece by piece, without a loop over samples.

Task: what `scipy.signal.lfilter` does, for what has to run where numpy is all there is.

Conventions: signals are [T] in float64, T any multiple of the piece's n frames. Before the first sample lies silence.

Derivation. In the transposed direct form II, y = s_0 + b_0 x and s' = M s + g x, where M holds -a in its first
column and ones above its diagonal, and g_i = b_i - a_i b_0. Over a piece of n samples this is

    y = O s + H x,   s' = M^n s + G x,   O_k = (M^k)_0,   H_jk = h[j - k],   G_k = M^(n-1-k) g,

with the impulse response h[0] = b_0, h[k] = O_(k-1) g. Products of matrices do all pieces at once, but for the states,
which follow each other.

References:
    A. V. Oppenheim, R. W. Schafer, "Discrete-Time Signal Processing", 3rd ed., 6.3.4 (transposed forms).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class RecursiveFilter:
    """The filter b / a on pieces of `n_frames`; a[0] is 1, and b and a have the same length of at least 2."""

    def __init__(self, numerator: Floats, denominator: Floats, n_frames: int) -> None:
        order = denominator.size - 1
        move = np.eye(order, k=1)
        move[:, 0] = -denominator[1:]
        feed = numerator[1:] - denominator[1:] * numerator[0]
        powers = [np.eye(order)]
        for _ in range(n_frames):
            powers.append(move @ powers[-1])
        self._n_frames = n_frames
        self._move = powers[-1]
        self._heard_states = np.stack([power[0] for power in powers[:-1]], axis=1)
        response = np.concatenate([numerator[:1], self._heard_states[:, :-1].T @ feed])
        delays = np.subtract.outer(np.arange(n_frames), np.arange(n_frames))
        self._heard = np.where(delays >= 0, response[np.abs(delays)], 0.0).T.copy()
        self._kept = np.stack([power @ feed for power in powers[-2::-1]])
        self._state = np.zeros(order)

    def process(self, samples: Floats) -> Floats:
        """The filtered `samples` [T]."""
        pieces = samples.reshape(-1, self._n_frames)
        kept = pieces @ self._kept
        states = np.empty_like(kept)
        for index, new in enumerate(kept):
            states[index] = self._state
            self._state = self._move @ self._state + new
        filtered: Floats = pieces @ self._heard + states @ self._heard_states
        return filtered.reshape(-1)

    def reset(self) -> None:
        """Back to silence."""
        self._state = np.zeros_like(self._state)
