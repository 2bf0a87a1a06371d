"""`Cascade`: what streams find one after the other, each in what those before it left.

Conventions: as `separation.removal.RemovalStream`; what is found is the sound without what the last stream left.
"""

from __future__ import annotations

import numpy as np

from separation.removal import Floats, RemovalStream
from separation.waiting_sound import WaitingSound


class Cascade:
    """The first stream hears the sound, each other one what the one before leaves of it at full strength."""

    def __init__(self, *streams: RemovalStream) -> None:
        self._stages = [_Left(stream) for stream in streams]
        self._sound = WaitingSound()

    @property
    def latency_samples(self) -> int:
        """How much later than its sound something comes, at most, beyond the block it is in."""
        return sum(stage.latency_samples for stage in self._stages)

    def process(self, block: Floats) -> Floats:
        """What is ready by now [C, m], following what earlier calls gave; m may be 0."""
        self._sound.push(block)
        for stage in self._stages:
            block = stage.process(block)
        return self._sound.beside(block) - block

    def finish(self) -> Floats:
        """The rest: with it, there is as much as there was sound."""
        left = self._stages[0].finish()
        for stage in self._stages[1:]:
            left = np.concatenate([stage.process(left), stage.finish()], axis=1)
        return self._sound.beside(left) - left


class _Left:
    """What a stream leaves of its sound."""

    def __init__(self, stream: RemovalStream) -> None:
        self._stream = stream
        self._sound = WaitingSound()

    @property
    def latency_samples(self) -> int:
        return self._stream.latency_samples

    def process(self, block: Floats) -> Floats:
        self._sound.push(block)
        return self._without(self._stream.process(block))

    def finish(self) -> Floats:
        return self._without(self._stream.finish())

    def _without(self, found: Floats) -> Floats:
        return self._sound.beside(found) - found
