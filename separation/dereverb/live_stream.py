"""`LiveRoomStream`: sound in, its late reverberation out, while it is played: a spectrum's frame late.

Task: foretell each frame as it comes, and learn meanwhile, a few bins at a time, so that no frame takes much longer.

Conventions: blocks are float32 [C, n] with any n. The tail lies exactly beside the sound; sound - tail is dry.

The bins are learned in groups, one with each frame and all of them in `LEARNING_S`. What a group has learned comes into
use little by little over as long: a filter that changes at once would be heard.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.stream_spectrum import StreamIstft, StreamStft
from separation.dereverb.expectation import Expectation
from separation.dereverb.late_power import limit
from separation.dereverb.options import DereverbOptions
from separation.dereverb.stream import MEMORY_S
from separation.dereverb.trust import filter_sizes, trust_in
from separation.dereverb.wpe import Statistics
from separation.segments import Segments

Floats = NDArray[np.float32]

LEARNING_S = 0.5


class LiveRoomStream:
    """The tail of a stream of `n_channels` at `rate` Hz, in a room of which nothing is known beforehand."""

    def __init__(self, rate: int, n_channels: int, options: DereverbOptions) -> None:
        self._expected = Expectation(rate, options)
        grid, prediction, n_bins = self._expected.grid, self._expected.prediction, self._expected.n_bins
        self._n_turn = max(round(LEARNING_S * rate / grid.hop), 1)
        n_each = -(-n_bins // self._n_turn)
        self._groups = [slice(first, min(first + n_each, n_bins)) for first in range(0, n_bins, n_each)]
        forget = np.exp(-self._n_turn * grid.hop / rate / MEMORY_S)
        self._statistics = [Statistics(prediction, bins.stop - bins.start, n_channels, forget) for bins in self._groups]
        self._turn = 0
        self._heard = np.zeros((n_bins, n_channels, prediction.n_past + self._n_turn), np.complex64)
        self._own = np.zeros((n_bins, self._n_turn), np.float32)
        self._learned = np.zeros((n_bins, prediction.n_taps * n_channels, n_channels), np.complex64)
        self._sizes = np.zeros(n_bins, np.float32)
        self._used = self._learned.copy()
        self._analysis = StreamStft(grid, n_channels)
        self._synthesis = StreamIstft(grid, n_channels)
        self._segments = Segments(n_channels, grid.hop, grid.latency_samples, self._process_hop)

    @property
    def latency_samples(self) -> int:
        """How much later than its sound a tail comes, at most, beyond the block it is in."""
        return self._segments.n_segment + self._analysis.grid.latency_samples

    def process(self, block: Floats) -> Floats:
        """The tail [C, m] that is ready by now, following what earlier calls gave; m may be 0."""
        return self._segments.process(block)

    def finish(self) -> Floats:
        """The rest of the tail: with it, there is as much tail as there was sound."""
        return self._segments.finish()

    def _process_hop(self, hop: Floats) -> Floats:
        """The tail that the frame of this hop completes."""
        frame = self._analysis.process(hop).swapaxes(0, 1)
        own, late = self._expected.process(frame)
        self._heard = np.concatenate([self._heard[..., 1:], frame], axis=-1)
        self._own = np.concatenate([self._own[:, 1:], own], axis=-1)
        past = self._expected.prediction.past(self._heard[..., -self._expected.prediction.n_past - 1 :])
        tail = limit(self._used.conj().swapaxes(1, 2) @ past, late)
        self._learn()
        return self._synthesis.process(tail.swapaxes(0, 1))

    def _learn(self) -> None:
        """Learns the bins whose turn it is, and lets what all have learned come into use."""
        if self._turn < len(self._groups):
            bins = self._groups[self._turn]
            if self._heard[bins, :, self._expected.prediction.n_past :].any():  # silence teaches nothing
                self._statistics[self._turn].add(self._heard[bins], self._own[bins])
                self._learned[bins] = self._statistics[self._turn].filters()
                self._sizes[bins] = filter_sizes(self._learned[bins])
        self._turn = (self._turn + 1) % self._n_turn
        trust = trust_in(self._sizes, self._expected.loudest, self._expected.hz_per_bin)
        self._used += (np.float32(trust) * self._learned - self._used) / np.float32(self._n_turn)
