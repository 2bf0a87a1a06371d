"""`StemQueue`: finished stems of one network wait here until those of the others have come as far."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class StemQueue:
    """A queue of stem frames [S, C, n] from a network with `weights` [S]: it estimates the stems whose weight is not 0.

    These are `rows`. The length is in frames.
    """

    def __init__(self, weights: Sequence[float]) -> None:
        self.weights = np.array(weights, dtype=np.float32)
        self.rows = [row for row, weight in enumerate(self.weights) if weight]
        self._parts: list[Floats] = []

    def __len__(self) -> int:
        return sum(part.shape[-1] for part in self._parts)

    def push(self, part: Floats) -> None:
        """Appends frames [len(rows), C, n]."""
        self._parts.append(part)

    def take(self, n_frames: int) -> Floats:
        """The oldest `n_frames`, weighted, zeros for the stems that the network does not estimate: [S, C, n]."""
        ready = np.concatenate(self._parts, axis=-1)
        self._parts = [ready[..., n_frames:]]
        out = np.zeros((len(self.weights), *ready.shape[1:-1], n_frames), dtype=np.float32)
        out[self.rows] = ready[..., :n_frames] * self.weights[self.rows, None, None]
        return out
