"""`ResampledProcess`: a process that knows one rate alone, for a host at another.

    host ─ resampler ─ process, blocks as they come ─ resampler ─ Fifo ─ host

Every frame that is there is processed at once. After n host frames ⌈n p/q⌉ have gone in and at least n have come back,
so that nothing but the resamplers' own delay is waited for (`resampler.py`); the way back adds what makes it whole.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.live_desk import BlockProcess
from mixassist.runtime.streaming.fifo import Fifo
from mixassist.runtime.streaming.plan import HostFormat
from mixassist.runtime.streaming.resampler import HALF_LENGTH, PolyphaseResampler


class ResampledProcess:
    """A process at `rate` Hz that takes blocks of any length up to `frames_at(rate, host)`, for a host's blocks."""

    def __init__(self, process: BlockProcess, rate: int, host: HostFormat) -> None:
        ratio = Fraction(host.rate, rate)
        shortest = 2 * HALF_LENGTH * max(Fraction(1), ratio) + process.latency_samples * ratio
        self.rate = host.rate
        self.latency_samples = ceil(shortest)
        self._process = process
        n_given = frames_at(rate, host)
        extra_delay = float((self.latency_samples - shortest) / ratio)
        self._there = PolyphaseResampler((host.rate, rate), host.n_channels, host.block)
        self._back = PolyphaseResampler((rate, host.rate), host.n_channels, n_given, extra_delay)
        self._ready = Fifo(host.n_channels, 2 * host.block + ceil(n_given * ratio))
        self._out = np.empty((host.n_channels, host.block), np.float32)

    def process(self, block: Samples) -> Samples:
        """What is heard while `block` [C, n] comes in, [C, n]; the array is used again by the next call."""
        given = self._there.process(block)
        if given.shape[1]:
            self._ready.push(self._back.process(self._process.process(given)))
        out = self._out[:, : block.shape[1]]
        out[:] = self._ready.pop(block.shape[1])
        return out


def frames_at(rate: int, host: HostFormat) -> int:
    """The most frames at `rate` Hz that a host's block can bring."""
    return ceil(host.block * rate / host.rate) + 1
