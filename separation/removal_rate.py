"""`AtRate`: a stream that works at one rate, on sound of another.

Task: resample the sound for the stream, and what it finds back, so that it lies beside the sound again. The sound
itself is never resampled: what lies above the stream's band is not found, and stays.
"""

from __future__ import annotations

import math

import numpy as np

from mixassist.audio.resample import StreamResampler
from separation.removal import Floats, RemovalStream

N_RESAMPLING = 2700
"""How many samples of the lower rate two changes of rate delay together, at most, as soxr gives its blocks."""


class AtRate:
    """What `stream`, which hears `n_channels` at `stream_rate` Hz, finds in sound at `rate` Hz."""

    def __init__(self, stream: RemovalStream, rate: int, stream_rate: int, n_channels: int) -> None:
        self._stream = stream
        self._rates = (rate, stream_rate)
        self._there = StreamResampler(n_channels, rate, stream_rate)
        self._back = StreamResampler(n_channels, stream_rate, rate)
        self._n_channels = n_channels
        self._n_owed = 0

    @property
    def latency_samples(self) -> int:
        """How much later than its sound something comes, at most, beyond the block it is in."""
        rate, stream_rate = self._rates
        own = math.ceil(self._stream.latency_samples * rate / stream_rate)
        return own if rate == stream_rate else own + math.ceil(N_RESAMPLING * rate / min(rate, stream_rate))

    def process(self, block: Floats) -> Floats:
        """What is ready by now [C, m], following what earlier calls gave; m may be 0."""
        self._n_owed += block.shape[1]
        return self._give(self._back.process(self._stream.process(self._there.process(block))))

    def finish(self) -> Floats:
        """The rest; where two roundings of the length leave the last sample without an estimate, nothing is found."""
        found = [self._stream.process(self._there.flush()), self._stream.finish()]
        rest = [*(self._back.process(part) for part in found), self._back.flush()]
        given = self._give(np.concatenate(rest, axis=1))
        return np.pad(given, ((0, 0), (0, self._n_owed)))

    def _give(self, found: Floats) -> Floats:
        given = found[:, : self._n_owed]
        self._n_owed -= given.shape[1]
        return given
