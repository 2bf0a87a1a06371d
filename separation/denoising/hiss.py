"""`HissStream`: sound in, its steady noise out: hiss, rumble, the tone of a room.

Task: lead a stream through spectra, the floor of its noise and gains, so that memory stays the same however long it is.

Conventions: blocks are float32 [C, n] with any n; what is taken lies exactly beside the sound.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.stream_spectrum import SpectrumGrid, StreamIstft, StreamStft
from separation.denoising.noise_floor import NoiseFloor
from separation.denoising.wiener import N_AHEAD, WienerGains
from separation.segments import Segments

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]

WINDOW_S = 0.093
"""Length of a spectrum's frame, 4096 samples at 44.1 kHz: partials of low notes stand apart."""

SEGMENT_S = 0.37
AHEAD_S = 4.0
"""The floor of a moment is that of so much before it and after it."""


def hiss_grid(rate: int) -> SpectrumGrid:
    """Frames of about 93 ms, a power of two, one every quarter of a frame."""
    n_fft = 2 ** max(round(math.log2(rate * WINDOW_S)), 5)
    return SpectrumGrid(n_fft, n_fft // 4)


class HissStream:
    """The steady noise of a stream of `n_channels` at `rate` Hz."""

    def __init__(self, rate: int, n_channels: int) -> None:
        grid = hiss_grid(rate)
        frames_per_s = rate / grid.hop
        n_bins = grid.n_fft // 2 + 1
        self._n_frames = max(round(SEGMENT_S * frames_per_s), N_AHEAD)
        self._n_ahead = math.ceil(AHEAD_S * frames_per_s / self._n_frames)
        self._floor = NoiseFloor(n_bins, 2 * self._n_ahead + 1, frames_per_s)
        self._gains = WienerGains(n_bins)
        self._waiting: deque[Complexes] = deque()
        self._analysis = StreamStft(grid, n_channels)
        self._synthesis = StreamIstft(grid, n_channels)
        self._segments = Segments(n_channels, self._n_frames * grid.hop, grid.latency_samples, self._process_segment)
        self._floor_energy = 0.0
        self._n_floors = 0

    @property
    def latency_samples(self) -> int:
        """How much later than its sound something comes, at most, beyond the block it is in."""
        return (self._n_ahead + 1) * self._segments.n_segment + self._analysis.grid.latency_samples

    @property
    def floor_dbfs(self) -> float | None:
        """Mean level of the noise that was found, dBFS (rms); None where there was none."""
        if not self._floor_energy:
            return None
        # Parseval: a one-sided sum of |X|² of a Hann frame is n_fft² * 3/8 / 2 times the mean square.
        n_fft = self._analysis.grid.n_fft
        return round(10 * math.log10(self._floor_energy / self._n_floors * 16 / 3 / n_fft**2), 1)

    def process(self, block: Floats) -> Floats:
        """What is ready by now [C, m], following what earlier calls gave; m may be 0."""
        return self._segments.process(block)

    def finish(self) -> Floats:
        """The rest: with it, there is as much as there was sound."""
        return self._segments.finish()

    def _process_segment(self, segment: Floats) -> Floats:
        """The noise of the segment that lies `n_ahead` before this one."""
        spectrum = self._analysis.process(segment)
        self._floor.add(_power(spectrum))
        self._waiting.append(spectrum)
        if len(self._waiting) <= self._n_ahead:
            return segment[:, :0]
        present = self._waiting.popleft()
        noise = self._floor.power()
        self._floor_energy += float(noise.sum())
        self._n_floors += 1
        heard = np.concatenate([present, self._waiting[0][..., :N_AHEAD]], axis=-1)
        gains = self._gains.process(_power(heard), noise, self._n_frames)
        return self._synthesis.process((1 - gains) * present)


def _power(spectrum: Complexes) -> Floats:
    """Mean over channels of |X|², [F, K]."""
    return np.mean(spectrum.real**2 + spectrum.imag**2, axis=0)
