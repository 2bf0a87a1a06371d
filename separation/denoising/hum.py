"""`HumStream`: sound in, its mains hum out.

Task: lead a stream through long spectra, and take from each what is steady at multiples of the mains.

Conventions: blocks are float32 [C, n] with any n; what is taken lies exactly beside the sound, and is 0 where there is
no hum.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.stream_spectrum import SpectrumGrid, StreamIstft, StreamStft
from separation.denoising.mains import Heard, MainsFinder
from separation.denoising.mains_search import Evidence
from separation.denoising.silence import is_sound
from separation.segments import Segments

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]

WINDOW_S = 1.49
"""Length of a spectrum's frame, 65536 samples at 44.1 kHz: a semitone below the mains stands apart."""

N_HOPS = 4
"""Hops of a frame."""

AHEAD_S = 4.0
"""What is hum must be so for so long before and after."""

N_WHOLE = 6
"""Frames that are needed to tell."""

N_NEAR = 5
"""Frames from which the hum of one is made: where a drum drowns it, its neighbours know better."""


@dataclass(frozen=True)
class _Frame:
    """A frame [C, F], what it says of the mains, and whether it holds no digital silence."""

    spectrum: Complexes
    evidence: Evidence
    is_whole: bool


class HumStream:
    """The hum of a stream of `n_channels` at `rate` Hz."""

    def __init__(self, rate: int, n_channels: int) -> None:
        n_fft = 2 ** max(round(math.log2(rate * WINDOW_S)), 9)
        grid = SpectrumGrid(n_fft, n_fft // N_HOPS)
        self._n_ahead = math.ceil(AHEAD_S * rate / grid.hop)
        self._finder = MainsFinder(rate, n_fft)
        self._window: deque[_Frame] = deque(maxlen=2 * self._n_ahead + 1)
        self._is_sound: deque[NDArray[np.bool_]] = deque(maxlen=self._n_ahead + N_HOPS)
        self._is_sound.extend([np.zeros(grid.hop, bool)] * (N_HOPS - 1))
        self._n_heard = 0
        self._analysis = StreamStft(grid, n_channels)
        self._synthesis = StreamIstft(grid, n_channels)
        self._segments = Segments(n_channels, grid.hop, grid.latency_samples, self._process_segment)
        self._sum_hz = 0.0
        self._n_found = 0

    @property
    def latency_samples(self) -> int:
        """How much later than its sound something comes, at most, beyond the block it is in."""
        grid = self._analysis.grid
        return (self._n_ahead + 1) * grid.hop + grid.latency_samples

    @property
    def frequency_hz(self) -> float | None:
        """Of the mains, on the mean of the moments that had hum; None where there was none."""
        return round(float(self._sum_hz / self._n_found), 2) if self._n_found else None

    def process(self, block: Floats) -> Floats:
        """What is ready by now [C, m], following what earlier calls gave; m may be 0."""
        return self._segments.process(block)

    def finish(self) -> Floats:
        """The rest: with it, there is as much as there was sound."""
        return self._segments.finish()

    def _process_segment(self, segment: Floats) -> Floats:
        """The hum that the frame `n_ahead` before this one completes."""
        spectrum = self._analysis.process(segment)[..., 0]
        self._is_sound.append(is_sound(segment))
        is_whole = all(mask.all() for mask in list(self._is_sound)[-N_HOPS:])
        self._window.append(_Frame(spectrum[:, : self._finder.n_bins], self._finder.evidence(spectrum), is_whole))
        self._n_heard += 1
        if self._n_heard <= self._n_ahead:
            return segment[:, :0]
        taken = np.zeros_like(spectrum)
        taken[:, : self._finder.n_bins] = self._hum_at(len(self._window) - 1 - self._n_ahead)
        return self._synthesis.process(taken[..., None]) * self._is_sound[0]

    def _hum_at(self, present: int) -> Complexes:
        """The hum in a frame of the window, from whole frames near it, which it may be one of."""
        whole = [index for index, frame in enumerate(self._window) if frame.is_whole]
        nothing = np.zeros_like(self._window[present].spectrum)
        if len(whole) < N_WHOLE:
            return nothing
        order = sorted(range(len(whole)), key=lambda place: abs(whole[place] - present))[:N_NEAR]
        mains = self._finder.find([self._window[index].evidence for index in whole], order[0])
        if mains is None:
            return nothing
        self._sum_hz += mains.frequency_hz
        self._n_found += 1
        near = [
            Heard(self._window[whole[place]].spectrum, (present - whole[place]) / N_HOPS, mains.around[place])
            for place in order
        ]
        return self._finder.spectrum_of(mains, near)
