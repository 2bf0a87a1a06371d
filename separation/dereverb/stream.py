"""`RoomStream`: sound in, its late reverberation out, block by block.

Task: lead a stream through spectra, statistics and prediction, so that memory stays the same however long it is.

Conventions: blocks are float32 [C, n] with any n. The tail lies exactly beside the sound; sound - tail is dry.

The stream is worked on in segments of `SEGMENT_S`, which lie where they lie whatever the cut into blocks, so that one
block, many blocks and a file give the same. The filter of a segment knows the one after it as well, and what came
before with a weight that halves every few segments.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.stream_spectrum import StreamIstft, StreamStft
from separation.dereverb.expectation import Expectation
from separation.dereverb.late_power import limit
from separation.dereverb.options import DereverbOptions
from separation.dereverb.trust import filter_sizes, trust_in
from separation.dereverb.wpe import Complexes, Statistics, foretell
from separation.segments import Segments

Floats = NDArray[np.float32]

SEGMENT_S = 4.0
MEMORY_S = 30.0
"""After which what was learned weighs 1/e."""


class RoomStream:
    """The tail of a stream of `n_channels` at `rate` Hz, in a room that rings for `rt60_s`, as far as that is known."""

    def __init__(self, rate: int, n_channels: int, options: DereverbOptions, rt60_s: float | None = None) -> None:
        self._expected = Expectation(rate, options, rt60_s)
        grid, prediction = self._expected.grid, self._expected.prediction
        n_frames = max(round(SEGMENT_S * rate / grid.hop), 1)
        self._n_past = prediction.n_past
        forget = np.exp(-n_frames * grid.hop / rate / MEMORY_S)
        self._statistics = Statistics(prediction, self._expected.n_bins, n_channels, forget)
        self._filters = (self._statistics.filters(),) * 2
        self._past = np.zeros((self._expected.n_bins, n_channels, prediction.n_past), np.complex64)
        self._waiting: tuple[Complexes, Floats] | None = None
        self._analysis = StreamStft(grid, n_channels)
        self._synthesis = StreamIstft(grid, n_channels)
        self._segments = Segments(n_channels, n_frames * grid.hop, grid.latency_samples, self._process_segment)

    @property
    def latency_samples(self) -> int:
        """How much later than its sound a tail comes, at most, beyond the block it is in."""
        return 2 * self._segments.n_segment + self._analysis.grid.latency_samples

    def process(self, block: Floats) -> Floats:
        """The tail [C, m] that is ready by now, following what earlier calls gave; m may be 0."""
        return self._segments.process(block)

    def finish(self) -> Floats:
        """The rest of the tail: with it, there is as much tail as there was sound."""
        return self._segments.finish()

    def _process_segment(self, segment: Floats) -> Floats:
        """The tail of the segment before this one."""
        spectrum = np.concatenate([self._past, self._analysis.process(segment).swapaxes(0, 1)], axis=-1)
        self._past = spectrum[..., spectrum.shape[-1] - self._n_past :]
        own, late = self._expected.process(spectrum[..., self._n_past :])
        self._learn(spectrum, own)
        tail = segment[:, :0] if self._waiting is None else self._predict(*self._waiting)
        self._waiting = (spectrum, late)
        return tail

    def _learn(self, spectrum: Complexes, own: Floats) -> None:
        if not spectrum[..., self._n_past :].any():
            self._filters = (self._filters[1],) * 2  # silence teaches nothing
            return
        self._statistics.add(spectrum, own)
        filters = self._statistics.filters()
        trust = trust_in(filter_sizes(filters), self._expected.loudest, self._expected.hz_per_bin)
        self._filters = (self._filters[1], np.float32(trust) * filters)

    def _predict(self, spectrum: Complexes, late: Floats) -> Floats:
        tail = limit(foretell(spectrum, self._expected.prediction, self._filters), late)
        return self._synthesis.process(tail.swapaxes(0, 1))
