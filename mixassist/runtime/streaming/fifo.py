"""`Fifo`: frames wait here between blocks of two lengths, or for as long as another path takes."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from mixassist.audio.buffer import Samples

_ROOM = 4
"""Room for this many times the frames that wait: they move to the front rarely, and never onto themselves."""


class Fifo:
    """A queue of frames [C, n] that never holds more than `n_max` of them and never allocates."""

    def __init__(self, n_channels: int, n_max: int, dtype: DTypeLike = np.float32) -> None:
        self._frames = np.zeros((n_channels, _ROOM * max(n_max, 1)), dtype)
        self._start = 0
        self._end = 0

    def __len__(self) -> int:
        return self._end - self._start

    def push(self, frames: Samples) -> None:
        """Appends a copy of `frames` [C, n]."""
        n_frames = frames.shape[1]
        if self._end + n_frames > self._frames.shape[1]:
            self._move_to_front()
        self._frames[:, self._end : self._end + n_frames] = frames
        self._end += n_frames

    def pop(self, n_frames: int) -> Samples:
        """The oldest `n_frames` frames, as a view that is valid until the next `push`."""
        first = self._start
        self._start += n_frames
        return self._frames[:, first : self._start]

    def refill(self, n_zeros: int) -> None:
        """Leaves `n_zeros` frames of silence in the queue and nothing else."""
        self._start, self._end = 0, n_zeros
        self._frames[:, :n_zeros] = 0

    def _move_to_front(self) -> None:
        n_waiting = len(self)
        # Channel by channel: numpy takes two parts of all channels for overlapping, and would copy them aside.
        for channel in self._frames:
            channel[:n_waiting] = channel[self._start : self._end]
        self._start, self._end = 0, n_waiting
