"""`Cascade`: what one stream finds, and what another finds in the rest.

Conventions: as `separation.removal.RemovalStream`; what is found is the sum of both.
"""

from __future__ import annotations

import numpy as np

from separation.chunks import SongWindow
from separation.removal import Floats, RemovalStream


class Cascade:
    """`first` hears the sound, `second` what `first` leaves of it at full strength."""

    def __init__(self, first: RemovalStream, second: RemovalStream) -> None:
        self._streams = (first, second)
        self._sound = SongWindow()
        self._found = SongWindow()
        self._n_first = 0
        self._n_given = 0

    @property
    def latency_samples(self) -> int:
        """How much later than its sound something comes, at most, beyond the block it is in."""
        return sum(stream.latency_samples for stream in self._streams)

    def process(self, block: Floats) -> Floats:
        """What is ready by now [C, m], following what earlier calls gave; m may be 0."""
        first, second = self._streams
        self._sound.push(block)
        return self._join(second.process(self._rest(first.process(block))))

    def finish(self) -> Floats:
        """The rest: with it, there is as much as there was sound."""
        first, second = self._streams
        ready = second.process(self._rest(first.finish()))
        return self._join(np.concatenate([ready, second.finish()], axis=1))

    def _rest(self, found: Floats) -> Floats:
        """The sound without what the first stream found next in it."""
        n_frames = found.shape[1]
        sound = self._sound.read(self._n_first, n_frames)
        self._found.push(found)
        self._n_first += n_frames
        self._sound.forget(self._n_first)
        return sound - found

    def _join(self, found: Floats) -> Floats:
        """What the second stream found next, and the first at the same time."""
        n_frames = found.shape[1]
        both = self._found.read(self._n_given, n_frames) + found
        self._n_given += n_frames
        self._found.forget(self._n_given)
        return both
