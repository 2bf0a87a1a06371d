"""`LiveRing`: the last frames of a stream by their place in it, written by one thread and read by others."""

from __future__ import annotations

import numpy as np

from mixassist.audio.buffer import Samples


class LiveRing:
    """Holds frames `begin` to `end` of a stream [C, T]; frame 0 is the first one played, what lies before is silence.

    One thread writes, any number read, none waits: `begin` moves on before its frames are overwritten and `end` after
    new ones are in place, so a reader finds out when the writer has overtaken it. Nothing is allocated later.
    """

    def __init__(self, n_channels: int, n_frames: int, n_silent: int = 0) -> None:
        self._frames = np.zeros((n_channels, n_frames), dtype=np.float32)
        self.begin = -n_silent
        self.end = 0

    def write(self, samples: Samples, position: int) -> None:
        """Puts `samples` [C, n] at `position`; when that is not `end`, what the ring held is let go."""
        n_frames = samples.shape[1]
        end = position + n_frames
        if position != self.end:
            self.begin = self.end = position
        self.begin = max(self.begin, end - self._frames.shape[1])
        start = position % self._frames.shape[1]
        n_first = min(n_frames, self._frames.shape[1] - start)
        self._frames[:, start : start + n_first] = samples[:, :n_first]
        self._frames[:, : n_frames - n_first] = samples[:, n_first:]
        self.end = end

    def read(self, position: int, into: Samples) -> bool:
        """Copies the frames from `position` on into `into` [C, n]; False when the ring does not hold all of them."""
        n_frames = into.shape[1]
        if not self.begin <= position <= self.end - n_frames:
            return False
        start = position % self._frames.shape[1]
        n_first = min(n_frames, self._frames.shape[1] - start)
        into[:, :n_first] = self._frames[:, start : start + n_first]
        into[:, n_first:] = self._frames[:, : n_frames - n_first]
        return self.begin <= position
