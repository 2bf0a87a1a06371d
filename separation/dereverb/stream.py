"""`RoomStream`: sound in, its late reverberation out, block by block.

Task: lead a stream through spectra, statistics and prediction, so that memory stays the same however long it is.

Conventions: blocks are float32 [C, n] with any n. The tail lies exactly beside the sound; sound - tail is dry.

The stream is worked on in segments of `SEGMENT_S`, which lie where they lie whatever the cut into blocks, so that one
block, many blocks and a file give the same. The filter of a segment knows the one after it as well, and what came
before with a weight that halves every few segments; live, it knows only what came before.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.stream_spectrum import StreamIstft, StreamStft
from separation.dereverb.late_power import LatePower, limit
from separation.dereverb.options import DereverbOptions, room_grid
from separation.dereverb.trust import trust_in
from separation.dereverb.wpe import Complexes, Prediction, Statistics, foretell
from separation.segments import Segments

Floats = NDArray[np.float32]

SEGMENT_S = 4.0
LIVE_SEGMENT_S = 0.5
MEMORY_S = 30.0
"""After which what was learned weighs 1/e."""

ASSUMED_RT60_S = 0.8
"""By which the expected tail decays where nothing is known of the room: of one that one may want to leave."""

LEARNED_RT60_S = (0.8, 1.6)
"""By what decay filters are learned: with a shorter one they find too little, with a longer one held notes."""

BOUND_RT60_S = (0.3, 2.0)
"""By what decay the tail is bounded."""


class RoomStream:
    """The tail of a stream of `n_channels` at `rate` Hz, in a room that rings for `rt60_s`, as is known or assumed."""

    def __init__(
        self, rate: int, n_channels: int, options: DereverbOptions, rt60_s: float | None = ASSUMED_RT60_S
    ) -> None:
        grid = room_grid(rate)
        hop_s = grid.hop / rate
        segment_s = LIVE_SEGMENT_S if options.is_live else SEGMENT_S
        n_frames = max(round(segment_s / hop_s), 1)
        self._hz_per_bin = rate / grid.n_fft
        self._is_live = options.is_live
        prediction = Prediction(
            n_taps=max(round(options.taps_ms / 1000 / hop_s), 1),
            delay=max(round(options.keep_early_ms / 1000 / hop_s), 1),
        )
        n_bins = grid.n_fft // 2 + 1
        self._prediction = prediction
        self._learned, self._bound = (
            LatePower(n_bins, 10 ** (-6 * hop_s / float(np.clip(rt60_s or ASSUMED_RT60_S, *limits))), prediction.delay)
            for limits in (LEARNED_RT60_S, BOUND_RT60_S)
        )
        self._statistics = Statistics(prediction, n_bins, n_channels, np.exp(-n_frames * hop_s / MEMORY_S))
        self._filters = (self._statistics.filters(),) * 2
        self._past = np.zeros((n_bins, n_channels, prediction.n_past), np.complex64)
        self._waiting: tuple[Complexes, Floats] | None = None
        self._analysis = StreamStft(grid, n_channels)
        self._synthesis = StreamIstft(grid, n_channels)
        self._segments = Segments(n_channels, n_frames * grid.hop, grid.latency_samples, self._process_segment)

    @property
    def latency_samples(self) -> int:
        """How much later than its sound a tail comes, at most, beyond the block it is in."""
        n_segments = 1 if self._is_live else 2
        return n_segments * self._segments.n_segment + self._analysis.grid.latency_samples

    def process(self, block: Floats) -> Floats:
        """The tail [C, m] that is ready by now, following what earlier calls gave; m may be 0."""
        return self._segments.process(block)

    def finish(self) -> Floats:
        """The rest of the tail: with it, there is as much tail as there was sound."""
        return self._segments.finish()

    def _process_segment(self, segment: Floats) -> Floats:
        """The tail of this segment, live, or of the one before it."""
        spectrum = np.concatenate([self._past, self._analysis.process(segment).swapaxes(0, 1)], axis=-1)
        self._past = spectrum[..., spectrum.shape[-1] - self._prediction.n_past :]
        present = spectrum[..., self._prediction.n_past :]
        power = np.mean(present.real**2 + present.imag**2, axis=1)
        _, own = self._learned.process(power)
        late, _ = self._bound.process(power)
        heard = (spectrum, late)
        if self._is_live:
            tail = self._predict(heard)
            self._learn(spectrum, own)
            return tail
        self._learn(spectrum, own)
        tail = segment[:, :0] if self._waiting is None else self._predict(self._waiting)
        self._waiting = heard
        return tail

    def _learn(self, spectrum: Complexes, own: Floats) -> None:
        if not spectrum[..., self._prediction.n_past :].any():
            self._filters = (self._filters[1],) * 2  # silence teaches nothing
            return
        self._statistics.add(spectrum, own)
        filters = self._statistics.filters()
        trust = trust_in(filters, self._learned.loudest, self._hz_per_bin)
        self._filters = (self._filters[1], np.float32(trust) * filters)

    def _predict(self, heard: tuple[Complexes, Floats]) -> Floats:
        spectrum, late = heard
        tail = limit(foretell(spectrum, self._prediction, self._filters), late)
        return self._synthesis.process(tail.swapaxes(0, 1))
