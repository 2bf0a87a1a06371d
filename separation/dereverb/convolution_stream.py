"""`ConvolutionStream`: sound in, its late reverberation out, as the room's answer to a guess at the sound.

Task: lead a stream through spectra, guess, filters and tail, so that memory stays the same however long it is.

Conventions: blocks are float32 [C, n] with any n. The tail lies exactly beside the sound; sound - tail is dry.

Segments are those of `separation.dereverb.stream`: the filter of one knows the one after it as well, and what came
before with a weight that halves every few segments. What a first stream leaves, a second one hears better than the
first did.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.blind_decay import RoomEstimate
from mixassist.dsp.stream_spectrum import StreamIstft, StreamStft
from separation.dereverb.convolution import LEAST_LEVEL, RoomFilters, guess_sound, prior_of_taps
from separation.dereverb.expectation import ASSUMED_RT60_S
from separation.dereverb.late_power import LatePower, limit
from separation.dereverb.options import DereverbOptions, room_grid
from separation.dereverb.stream import MEMORY_S, SEGMENT_S
from separation.dereverb.wpe import Complexes, foretell
from separation.segments import Segments

Floats = NDArray[np.float32]

RT60_S = (0.2, 3.0)
"""Between which a room is believed to ring."""

MOST_LATE = 0.95
"""Of what lingers, the share that may be tail at most."""

HIGH_HZ, HIGH_PART = 5500.0, 0.4
"""From there on rooms ring for less long, and a part of the taps is enough: most bins lie there, and most work."""


@dataclass(frozen=True)
class HeardRoom:
    """What is known of a room before a recording is worked on; the defaults are what is assumed where nothing is."""

    rt60_s: float = ASSUMED_RT60_S
    drr_db: float = 0.0

    @classmethod
    def of(cls, estimate: RoomEstimate | None) -> HeardRoom:
        """The room that was estimated, as far as it was."""
        if estimate is None:
            return cls()
        drr_db = cls.drr_db if estimate.drr_db is None else estimate.drr_db
        return cls(estimate.rt60_s or cls.rt60_s, drr_db)

    def drier(self, by_db: float) -> HeardRoom:
        """The same room with the direct sound so much louder."""
        return replace(self, drr_db=self.drr_db + by_db)

    @property
    def reverberant(self) -> float:
        """Energy of the reflections against the direct sound."""
        return float(10 ** (-self.drr_db / 10))

    def decay(self, seconds: float) -> float:
        """What is left of the power of a reflection after so long."""
        return float(10 ** (-6 * seconds / np.clip(self.rt60_s, *RT60_S)))


class ConvolutionStream:
    """The tail of a stream of `n_channels` at `rate` Hz in `room`."""

    def __init__(self, rate: int, n_channels: int, options: DereverbOptions, room: HeardRoom) -> None:
        grid = room_grid(rate)
        n_bins, hop_s = grid.n_fft // 2 + 1, grid.hop / rate
        delay = max(round(options.keep_early_ms / 1000 / hop_s), 1)
        decay = room.decay(hop_s)
        self._share = np.float32(min(room.reverberant / (1 + room.reverberant), MOST_LATE))
        self._expected = LatePower(n_bins, decay, delay)
        n_frames = max(round(SEGMENT_S * rate / grid.hop), 1)
        forget = float(np.exp(-n_frames * hop_s / MEMORY_S))
        self._bands = []
        for bins, part in _bands(n_bins, round(HIGH_HZ * grid.n_fft / rate)):
            n_late = max(round(part * options.taps_ms / 1000 / hop_s), 1)
            variances = prior_of_taps(decay, room.reverberant, delay + n_late)
            learned = RoomFilters(delay, variances, (bins.stop - bins.start, n_channels), forget)
            self._bands.append(_Band(bins, learned))
        self._waiting: Floats | None = None
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
        heard = self._analysis.process(segment).swapaxes(0, 1)
        power = np.mean(heard.real**2 + heard.imag**2, axis=1)
        late = self._share * self._expected.process(power)[0]
        guess = guess_sound(heard, power, late)
        least = np.maximum(LEAST_LEVEL * self._expected.loudest[:, None], np.finfo(np.float32).tiny ** 0.5)
        weights = 1 / np.maximum(power, least)
        tail = np.concatenate([band.advance(heard, guess, weights) for band in self._bands])
        waiting, self._waiting = self._waiting, late
        return segment[:, :0] if waiting is None else self._synthesis.process(limit(tail, waiting).swapaxes(0, 1))


class _Band:
    """Some bins of a stream, segment by segment: their filters, and the guess that waits for the next one's."""

    def __init__(self, bins: slice, learned: RoomFilters) -> None:
        self._bins, self._learned = bins, learned
        self._filters = (learned.late(),) * 2
        n_bins, _, n_channels = self._filters[0].shape
        self._guess = np.zeros((n_bins, n_channels, learned.reach.n_past), np.complex64)

    def advance(self, heard: Complexes, guess: Complexes, weights: Floats) -> Complexes:
        """The tail [F, C, K] of the segment before this one; K is 0 at first."""
        heard, n_past = heard[self._bins], self._learned.reach.n_past
        waiting = self._guess
        self._guess = np.concatenate([waiting[..., waiting.shape[-1] - n_past :], guess[self._bins]], axis=-1)
        if heard.any():
            self._learned.add(heard, self._guess, weights[self._bins])
            self._filters = (self._filters[1], self._learned.late())
        else:
            self._filters = (self._filters[1],) * 2  # silence teaches nothing
        if waiting.shape[-1] == n_past:
            return waiting[..., :0]
        return foretell(waiting, self._learned.late_reach, self._filters)


def _bands(n_bins: int, first_high: int) -> list[tuple[slice, float]]:
    """Bins, and the part of the late taps that they have."""
    if first_high >= n_bins:
        return [(slice(0, n_bins), 1.0)]
    return [(slice(0, first_high), 1.0), (slice(first_high, n_bins), HIGH_PART)]
