"""`Track`: what one track of a multitrack measures over time, in one pass over its blocks.

Conventions: hops of 0.01 s and frames of 0.1 s, whatever the rate, so that tracks can be added; powers are means over
channels, but those of loudness are sums over the channels of the mix, as BS.1770 wants them: a mono track plays on both
sides of it, and counts twice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.fft
import scipy.signal

from mixassist.audio.buffer import Samples
from mixassist.audio.files import probe_audio, read_blocks
from mixassist.dsp.decibels import FLOOR_DB, power_to_db
from mixassist.dsp.hops import Floats, HopTrack, hop_starts, windows
from mixassist.dsp.loudness import N_MOMENTARY_HOPS, N_STEP_HOPS, integrated_lufs, k_weighting
from mixassist.dsp.spectrum import hann
from mixassist.dsp.third_octaves import third_octave_powers
from mixassist.errors import AudioError

N_FRAMES_PER_S = 10
WINDOW_S = 0.186
ACTIVE_DB = -30.0
"""A track plays in frames less than this below its loud ones (their 95th percentile)."""


@dataclass(frozen=True, eq=False)
class Track:
    """A track's measures.

    Attributes:
        n_channels: 1 also for a file whose two channels are the same, for it has no sides.
        weighted: [n_hops], K-weighted power of both sides of the mix together.
        powers: [n_hops], mean square.
        peaks: [n_hops], highest sample.
        bands: [n_frames, 31], power in third octaves.
        balance_db: left over right; None for mono and in silence.
    """

    path: Path
    rate: int
    n_channels: int
    seconds: float
    weighted: Floats
    powers: Floats
    peaks: Floats
    bands: Floats
    balance_db: float | None

    @cached_property
    def loudness_lufs(self) -> float | None:
        """Gated loudness; None for silence."""
        return gated_lufs(self.weighted)

    @cached_property
    def is_active(self) -> Floats:
        """Whether it plays, 0 or 1, in each frame [n_frames]."""
        level_db = power_to_db(self.bands.sum(axis=1))
        loud_db = np.percentile(level_db, 95)
        return np.asarray((level_db > max(loud_db + ACTIVE_DB, FLOOR_DB + 1)).astype(float))

    @cached_property
    def mean_bands(self) -> Floats:
        """Mean power [31] of the third octaves while it plays."""
        return np.asarray(self.is_active @ self.bands / max(self.is_active.sum(), 1.0))


def gated_lufs(weighted: Floats) -> float | None:
    """Integrated loudness of K-weighted powers [n_hops]; what is shorter than 0.4 s counts as one window."""
    padded = np.pad(weighted, (0, max(N_MOMENTARY_HOPS - len(weighted), 0)))
    return integrated_lufs(windows(padded, N_MOMENTARY_HOPS, N_STEP_HOPS).mean(axis=-1))


def measure_track(path: Path) -> Track:
    """What a track measures.

    Raises:
        AudioError: when it cannot be read, has more than two channels, or a rate below 4 kHz.
    """
    info = probe_audio(path)
    if info.n_channels > 2:
        raise AudioError(f"{path.name} has {info.n_channels} channels: give mono or stereo tracks")
    meter = _Meter(info.rate, info.n_channels)
    for block in read_blocks(path):
        meter.update(block)
    return meter.finish(path)


class _Meter:
    """Measures blocks [C, n]."""

    def __init__(self, rate: int, n_channels: int) -> None:
        self.rate, self.n_channels = rate, n_channels
        self._filters = k_weighting(rate)
        self._states = np.zeros((len(self._filters), n_channels, 2))
        self._weighted = HopTrack(rate, n_channels, np.add)
        self._squares = HopTrack(rate, n_channels, np.add)
        self._peaks = HopTrack(rate, n_channels, np.maximum)
        self._bands = _BandMeter(rate)
        self._has_sides = False

    def update(self, samples: Samples) -> None:
        """Takes the next block [C, n]."""
        if samples.shape[1] == 0:
            return
        weighted, self._states = scipy.signal.sosfilt(self._filters, samples, axis=1, zi=self._states)
        self._weighted.update(np.square(weighted, out=weighted))
        self._squares.update(np.square(samples, dtype=np.float64))
        self._peaks.update(np.abs(samples))
        self._bands.update(samples)
        self._has_sides = self._has_sides or not np.array_equal(samples[0], samples[-1])

    def finish(self, path: Path) -> Track:
        """The track's measures; nothing may follow."""
        squares = self._squares.hops
        n_frames = np.diff(hop_starts(squares.shape[1], self.rate))
        sides_db = power_to_db(squares.mean(axis=1)) if squares.shape[1] else np.full(self.n_channels, FLOOR_DB)
        return Track(
            path=path,
            rate=self.rate,
            n_channels=2 if self._has_sides else 1,
            seconds=self._squares.n_frames / self.rate,
            weighted=2 * self._weighted.hops.mean(axis=0) / n_frames,
            powers=squares.mean(axis=0) / n_frames,
            peaks=self._peaks.hops.max(axis=0),
            bands=self._bands.finish(),
            balance_db=float(sides_db[0] - sides_db[1]) if self._has_sides else None,
        )


class _BandMeter:
    """Third octaves [n_frames, 31] of blocks [C, n], mean over channels, every 0.1 s."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.n_fft = 2 ** round(math.log2(WINDOW_S * rate))
        self._window = hann(self.n_fft)
        self._past: Samples | None = None
        self._first = 0  # frame of the song at which _past begins
        self._done: list[Floats] = []
        self._n_done = 0

    def update(self, samples: Samples) -> None:
        """Takes the next block."""
        whole = samples if self._past is None else np.concatenate([self._past, samples], axis=1)
        while (start := self._start() - self._first) + self.n_fft <= whole.shape[1]:
            self._take(whole[:, start : start + self.n_fft])
        kept = min(self._start() - self._first, whole.shape[1])
        self._first += kept
        self._past = whole[:, kept:]

    def finish(self) -> Floats:
        """All frames; what did not fill a window is padded with silence."""
        if self._past is not None and self._past.shape[1] and (not self._done or self._past.any()):
            rest = self._past[:, : self.n_fft]
            self._take(np.pad(rest, ((0, 0), (0, self.n_fft - rest.shape[1]))))
        return np.array(self._done).reshape(-1, 31)

    def _start(self) -> int:
        return self._n_done * self.rate // N_FRAMES_PER_S

    def _take(self, frame: Samples) -> None:
        spectrum = scipy.fft.rfft(frame * self._window, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2).mean(axis=0) * 2 / (self.n_fft * np.sum(self._window**2))
        self._done.append(third_octave_powers(power.astype(np.float64), self.rate / self.n_fft))
        self._n_done += 1


def padded_sum(rows: list[Floats]) -> Floats:
    """The sum of arrays [n, ...] of unequal lengths."""
    longest = max(rows, key=len)
    total = np.zeros_like(longest)
    for row in rows:
        total[: len(row)] += row
    return total
