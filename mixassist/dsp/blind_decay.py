"""`estimate_room`: how long the room of a recording rings, per octave, and how near its sources are, from sound alone.

Task: RT60 and direct-to-reverberant ratio of a recording whose dry original nobody has.

Method: in narrow bands, straight lines of several lengths are laid through the level, everywhere. Where the level falls
and stays near its line, a sound has ended and the room is heard. A note may fade more slowly than the room, but never
faster: how many falls there are of each steepness tells how long it rings, and `mixassist.dsp.fall_reading` reads it.
With the sound, the direct part ends at once: how far the level jumped before it fell tells how loud the room is against
it, and `mixassist.dsp.jump_reading` reads that.

Conventions: blocks are [C, n]; channels are heard together. Memory does not grow with length.
References: R. Ratnam et al., "Blind estimation of reverberation time", J. Acoust. Soc. Am. 114(5), 2003;
    J. Y. C. Wen, E. A. P. Habets and P. A. Naylor, "Blind estimation of reverberation time based on the distribution
    of signal decay rates", ICASSP 2008.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.fall_reading import read_falls
from mixassist.dsp.falls import HOP_S, N_JUMPS, N_RATES, Falls, straight_falls
from mixassist.dsp.hops import Floats
from mixassist.dsp.jump_reading import read_jumps
from mixassist.dsp.spectrum import hann

HEARD_HZ = (125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0)
MIDDLE = slice(2, 4)
"""Octaves whose mean is "the" RT60 (ISO 3382-1, 5.3.4)."""

N_BANDS_PER_OCTAVE = 6
WINDOW_S, PIECE_S = 0.04, 20.0
SPANS_S = (0.1, 0.2, 0.4, 0.8)
"""Lengths of the lines: the short ones for dead rooms, the long ones for halls."""

LASTING_SHARE = 0.4
"""Of the falls that last for 0.2 s, those that last for 0.4 s, at least, where a room has time to be heard.

Voice, saxophone and guitar have more in any room of `python -m benchmarks --only room-estimates`, on whose takes this
was chosen. Drums have less, in rooms of a second or less: what falls there is a drum, and the next one comes too soon.
"""

DEAD_S = 0.6
"""In rooms that ring for less, few falls of 0.4 s end above what is looked at, and none are asked for."""

MOST_OFF = 0.25
"""An RT60 no further off than by this share is called right, where confidence is told."""

DRY_DB = 20.0
"""Ratios above are told as this: no tail is heard."""


@dataclass(frozen=True)
class RoomEstimate:
    """A recording's room: RT60 in the middle and per octave (Hz) in seconds, DRR in dB, and how sure that is.

    `confidence` is the chance, 0 to 1, that the RT60 in the middle is off by no more than a quarter, less where sounds
    have no time to end. Times are None where no sound was heard to end.
    """

    rt60_s: float | None
    rt60_by_octave: dict[float, float | None]
    drr_db: float | None
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


class FallCounter:
    """Counts how steep the falls are of sound at `rate` Hz, block by block."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._hop = max(round(HOP_S * rate), 1)
        self._n_fft = scipy.fft.next_fast_len(round(WINDOW_S * rate), real=True)
        self._shares = _band_shares(np.fft.rfftfreq(self._n_fft, 1 / rate))
        self._waiting: list[Samples] = []
        self._n_waiting = 0
        self._counts = np.zeros((len(SPANS_S), len(HEARD_HZ), N_RATES))
        self._jumps = np.zeros((len(SPANS_S), len(HEARD_HZ), N_JUMPS))

    def update(self, block: Samples) -> None:
        """Takes the next block [C, n]."""
        n_piece = round(PIECE_S * self._rate)
        while block.shape[1]:
            part, block = block[:, : n_piece - self._n_waiting], block[:, n_piece - self._n_waiting :]
            self._waiting.append(part)
            self._n_waiting += part.shape[1]
            if self._n_waiting == n_piece:
                self._count()

    def falls(self) -> Falls:
        """How many falls there were, [span, octave, each]; the sound ends."""
        self._count()
        return Falls(self._counts, self._jumps)

    def estimate(self) -> RoomEstimate:
        """The room in which the sound was recorded; the sound ends."""
        return room_of(self.falls())

    def _count(self) -> None:
        piece = np.concatenate(self._waiting, axis=1) if self._waiting else np.zeros((1, 0), np.float32)
        self._waiting, self._n_waiting = [], 0
        if piece.shape[1] < self._n_fft:
            return
        levels_db = self._band_levels_db(piece)
        for span, seconds in enumerate(SPANS_S):
            falls = straight_falls(levels_db, round(seconds / HOP_S))
            self._counts[span] += falls.counts
            self._jumps[span] += falls.jumps

    def _band_levels_db(self, piece: Samples) -> Floats:
        """Levels [octave, bands, K] of the narrow bands; octaves above half the rate are silent."""
        powers = np.zeros((1 + (piece.shape[1] - self._n_fft) // self._hop, self._n_fft // 2 + 1))
        for channel in piece:
            frames = sliding_window_view(channel, self._n_fft)[:: self._hop]
            powers += np.square(np.abs(scipy.fft.rfft(frames * hann(self._n_fft), axis=1)))
        return power_to_db((powers @ self._shares.T).T).reshape(len(HEARD_HZ), N_BANDS_PER_OCTAVE, -1)


def estimate_room(blocks: Iterable[Samples], rate: int) -> RoomEstimate:
    """The room in which blocks [C, n] at `rate` Hz were recorded."""
    counter = FallCounter(rate)
    for block in blocks:
        counter.update(block)
    return counter.estimate()


def room_of(falls: Falls) -> RoomEstimate:
    """The room that falls [span, octave, each] tell of."""
    is_told = falls.counts[0].any(axis=-1)  # in dead rooms no fall lasts as long as the long lines
    if not is_told.any():
        return RoomEstimate(None, dict.fromkeys(HEARD_HZ), None, 0.0)
    reading = read_falls(falls.counts)
    times = np.exp(reading.log_rt60)
    heard = {hz: float(time) if told else None for hz, time, told in zip(HEARD_HZ, times, is_told, strict=True)}
    middle = is_told if not is_told[MIDDLE].any() else is_told & np.isin(np.arange(len(HEARD_HZ)), np.r_[MIDDLE])
    # Off by more than x, where errors are exponential to both sides: exp(-x / scale).
    confidence = 1 - math.exp(-math.log1p(MOST_OFF) / float(np.exp(reading.log_scale[middle]).mean()))
    rt60_s = float(np.exp(reading.log_rt60[middle].mean()))
    if rt60_s > DEAD_S:
        confidence *= min(_lasting_share(falls) / LASTING_SHARE, 1.0)
    return RoomEstimate(rt60_s, heard, min(read_jumps(falls), DRY_DB), confidence)


def _lasting_share(falls: Falls) -> float:
    """Of the falls that are as long as the second of the lines, the share that is as long as the third."""
    n_short, n_long = falls.counts[1].sum(), falls.counts[2].sum()
    return float(n_long / max(n_short, 1))


def _band_shares(hz: NDArray[np.floating]) -> Floats:
    """What each bin [F] gives to each narrow band [bands, F]: triangles one band wide to both sides."""
    steps = (np.arange(N_BANDS_PER_OCTAVE) + 0.5) / N_BANDS_PER_OCTAVE - 0.5
    centres = (np.asarray(HEARD_HZ)[:, None] * 2**steps).reshape(-1, 1)
    away = np.abs(hz - centres) / np.maximum(centres / N_BANDS_PER_OCTAVE, 1.5 * hz[1])
    return np.clip(1 - away, 0, None)
