"""`WaitingSound`: sound that waits for what is found in it, which comes later and in blocks of other lengths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from separation.chunks import SongWindow

Floats = NDArray[np.float32]


class WaitingSound:
    """Blocks [C, n] in; out, beside each block that was found in them, the sound of the same time."""

    def __init__(self) -> None:
        self._sound = SongWindow()
        self._n_given = 0

    def push(self, block: Floats) -> None:
        """Takes the next block."""
        self._sound.push(block)

    def beside(self, found: Floats) -> Floats:
        """The sound [C, m] at the time of `found` [C, m], which follows what was found before; m may be 0."""
        n_frames = found.shape[1]
        if not n_frames:
            return found
        sound = self._sound.read(self._n_given, n_frames)
        self._n_given += n_frames
        self._sound.forget(self._n_given)
        return sound
