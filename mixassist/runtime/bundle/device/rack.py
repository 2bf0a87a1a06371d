"""`Rack`: models to choose from while one plays, changed without a click.

Conventions: the chosen model runs unheard until its delay and a little more have passed, for what it remembers is of
long ago; then it is faded in over the old one. Both run at once for that time. Before the first is chosen the dry
signal is heard.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.live_desk import BlockProcess
from mixassist.runtime.streaming.plan import HostFormat

FADE_S = 0.02
SETTLE_S = 0.05
"""How long a model that comes in has heard what is played, beyond its own delay."""


class Wire:
    """The dry signal."""

    latency_samples = 0

    def process(self, block: Samples) -> Samples:
        return block


class Rack:
    """A process that hands its blocks to one of several; `choose` may be called from any thread."""

    def __init__(self, host: HostFormat) -> None:
        self.rate = host.rate
        self.playing: BlockProcess = Wire()
        self.n_changes = 0
        self._host = host
        self._asked: deque[BlockProcess] = deque(maxlen=1)
        self._coming: _Entry | None = None
        self._out = np.empty((host.n_channels, host.block), np.float32)

    @property
    def latency_samples(self) -> int:
        """Of what is heard; while one model fades into another, of the old one."""
        return self.playing.latency_samples

    def choose(self, process: BlockProcess) -> None:
        """Goes over to `process` with the next block, or after a change that is under way; the last one asked for."""
        self._asked.append(process)

    def process(self, block: Samples) -> Samples:
        """What is heard while `block` [C, n] comes in; the array is used again by the next call."""
        self._out[:] = self.playing.process(block)
        if self._coming is None and self._asked:
            asked = self._asked.pop()
            self._coming = None if asked is self.playing else _Entry(asked, self._host)
        if self._coming is not None and self._coming.mix(block, self._out):
            self.playing, self._coming = self._coming.process, None
            self.n_changes += 1
        return self._out


class _Entry:
    """Brings a process in: unheard at first, then by a raised cosine, whose complement the old one has."""

    def __init__(self, process: BlockProcess, host: HostFormat) -> None:
        self.process = process
        n_fade = round(FADE_S * host.rate)
        n_silent = process.latency_samples + round(SETTLE_S * host.rate)
        rise = 0.5 - 0.5 * np.cos(np.pi * np.arange(1, n_fade + 1) / (n_fade + 1))
        self._gains = np.concatenate([np.zeros(n_silent), rise, np.ones(host.block)]).astype(np.float32)
        self._n_total, self._n_done = n_silent + n_fade, 0

    def mix(self, block: Samples, out: Samples) -> bool:
        """Fades `out`, what the old one made of `block`, towards the new one; True once only that is heard."""
        new = self.process.process(block)
        n_frames = block.shape[1]
        out += self._gains[self._n_done : self._n_done + n_frames] * (new - out)
        self._n_done += n_frames
        return self._n_done >= self._n_total
