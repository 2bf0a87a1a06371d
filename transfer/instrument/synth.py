"""`Synth`: partials and noise, hop by hop, continuous in phase.

Derivation. Within a hop of H samples the fundamental goes from f to g in a line, so that after m samples the phase has
advanced by (f m + (g - f) m (m + 1) / 2H) / rate cycles; it is kept as cycles modulo 1 in float64 and so never drifts.
Amplitudes go from a to b in a line as well: Σ_k (a_k (1 - w) + b_k w) sin(2π k φ) is two products of one matrix.

Noise of a frame is a random spectrum times the amplitudes of the bands, transformed back over two hops under a sine
window. Frames are independent of each other, and sin² + cos² = 1: the power between two frames goes from one to the
other. An amplitude of 1 in all bands makes white noise of power 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from transfer.instrument.design import RATE, Floats, InstrumentDesign, band_shapes

FADED_HZ, GONE_HZ = 18000.0, 21000.0
"""Partials fade out between these, so that none folds over half the rate while the pitch bends."""


class Synth:
    """Sounds frame after frame; the same frames give the same sound, noise and all, after `reset`."""

    def __init__(self, design: InstrumentDesign, seed: int = 0) -> None:
        hop = design.hop
        self._design, self._seed = design, seed
        self._numbers = np.arange(1, design.n_partials + 1, dtype=np.float64)
        steps = np.arange(1, hop + 1, dtype=np.float64)
        self._ramp = steps / hop
        self._steady, self._bend = steps / RATE, steps * (steps + 1) / (2 * hop * RATE)
        n_bins = design.n_noise // 2 + 1
        self._bands = band_shapes(design, n_bins) * np.sqrt(design.n_noise / 2)
        self._bands[:, [0, -1]] = 0
        self._window = np.sin(np.pi * (np.arange(design.n_noise) + 0.5) / design.n_noise)
        self.reset()

    def process(self, f0_hz: float, amplitudes: Floats) -> Floats:
        """The next hop of sound, at whose end the pitch is `f0_hz` and partials and bands have these amplitudes."""
        n_partials = self._design.n_partials
        return self._sound_partials(f0_hz, amplitudes[:n_partials]) + self._sound_noise(amplitudes[n_partials:])

    def reset(self) -> None:
        """Back to silence, and to the beginning of the noise."""
        self._random = np.random.default_rng(self._seed)
        self._f0_hz = 0.0
        self._cycles = 0.0
        self._before = np.zeros(self._design.n_partials)
        self._overlap = np.zeros(self._design.hop)

    def join(self, other: Synth) -> None:
        """Goes on at the other's place in its cycle: two sounds of one pitch then add up, and do not cancel."""
        self._cycles = other._cycles

    def _sound_partials(self, f0_hz: float, amplitudes: Floats) -> Floats:
        begin_hz = self._f0_hz if self._before.any() else f0_hz
        cycles = self._cycles + begin_hz * self._steady + (f0_hz - begin_hz) * self._bend
        after = amplitudes * audible(self._numbers * f0_hz)
        pair = np.stack([self._before, after], axis=1)
        n_sounding = _n_sounding(pair)
        turns = np.outer(cycles, self._numbers[:n_sounding])
        turns -= np.floor(turns)
        waves = np.sin((2 * np.pi * turns).astype(np.float32))
        begin, end = (waves @ pair[:n_sounding].astype(np.float32)).T.astype(np.float64)
        self._f0_hz, self._cycles, self._before = f0_hz, float(cycles[-1] % 1), after
        sound: Floats = begin + self._ramp * (end - begin)
        return sound

    def _sound_noise(self, amplitudes: Floats) -> Floats:
        hop = self._design.hop
        pairs = self._random.standard_normal((self._bands.shape[1], 2), dtype=np.float32).astype(np.float64)
        spectrum = (amplitudes @ self._bands) * pairs.view(np.complex128)[:, 0]
        noise = np.fft.irfft(spectrum) * self._window
        sound: Floats = noise[:hop] + self._overlap
        self._overlap = noise[hop:]
        return sound


def audible(hz: NDArray[np.float64]) -> Floats:
    """1 for frequencies that a partial may have, falling to 0 towards half the rate."""
    return np.clip((GONE_HZ - hz) / (GONE_HZ - FADED_HZ), 0.0, 1.0)


def _n_sounding(pair: Floats) -> int:
    """How many partials come up to the highest that sounds."""
    sounding = np.flatnonzero(pair.any(axis=1))
    return int(sounding[-1]) + 1 if sounding.size else 0
