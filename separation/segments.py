"""`Segments`: blocks of any length in, segments of one length to work on, and what comes of them beside the blocks.

Task: lay segments where they lie whatever the cut into blocks, so that one block, many blocks and a file give the same.

Conventions: blocks are float32 [C, n] with any n. After `finish`, as much has come out as went in.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Segments:
    """Hands segments [C, n_segment] to `work`, in order, and gives what that gives, less its first `n_late` samples.

    Args:
        n_channels: of the blocks.
        n_segment: samples of a segment.
        n_late: how much of what `work` gives, counted from its first segment, lies before the first sample.
        work: the samples [C, m] that a segment completes; over time, as many as it got, and any lag of its own.
    """

    def __init__(self, n_channels: int, n_segment: int, n_late: int, work: Callable[[Floats], Floats]) -> None:
        self.n_segment = n_segment
        self._work = work
        self._unread = np.zeros((n_channels, 0), np.float32)
        self._n_to_drop = n_late
        self._n_owed = 0

    def process(self, block: Floats) -> Floats:
        """What is ready by now [C, m], following what earlier calls gave; m may be 0."""
        self._n_owed += block.shape[1]
        return self._give(self._advance(block))

    def finish(self) -> Floats:
        """The rest: what `work` makes of silence after the end, as far as it belongs to the sound."""
        silence = np.zeros((len(self._unread), self.n_segment), np.float32)
        parts = [silence[:, :0]]
        while self._n_owed:
            parts.append(self._give(self._advance(silence)))
        return np.concatenate(parts, axis=1)

    def _advance(self, block: Floats) -> Floats:
        self._unread = np.concatenate([self._unread, block], axis=1)
        parts = [np.zeros((len(block), 0), np.float32)]
        while self._unread.shape[1] >= self.n_segment:
            segment, self._unread = np.split(self._unread, [self.n_segment], axis=1)
            parts.append(self._work(segment))
        return np.concatenate(parts, axis=1)

    def _give(self, part: Floats) -> Floats:
        n_dropped = min(self._n_to_drop, part.shape[1])
        self._n_to_drop -= n_dropped
        given = part[:, n_dropped : n_dropped + self._n_owed]
        self._n_owed -= given.shape[1]
        return given
