"""Random rooms to learn from: responses whose early and late parts are known apart, each another.

Task: `RoomMaker.draw` gives a `RoomResponse`; `RoomMaker` may also hold measured responses, which it stretches and
makes decay otherwise.

Conventions: responses are [C, T] at 44100 Hz, the direct sound at the beginning. One channel answers each channel.

References: P. Rubak, L. Johansen, "Artificial reverberation based on a pseudo-random impulse response", 1998 (sparse
reflections that grow dense); J. A. Moorer, "About this reverberation business", 1979 (noise that decays).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from separation.songs import RATE

Floats = NDArray[np.float32]

EARLY_S = 0.05
"""What comes within it counts as sound."""

KNOTS_HZ = (125.0, 500.0, 2000.0, 6000.0, 12000.0)
"""Where decays are drawn; between them bands cross over."""

LONGEST_S = 3.0


@dataclass(frozen=True)
class RoomOptions:
    """From where to where rooms are drawn; ranges are uniform, those of times on a logarithmic axis.

    `reverberant_db` is the energy of all reflections against the direct sound, `measured` the share of rooms that come
    of measured ones, `double` that of rooms with a second, longer decay.
    """

    rt60_s: tuple[float, float] = (0.15, 3.5)
    reverberant_db: tuple[float, float] = (-14.0, 9.0)
    predelay_s: tuple[float, float] = (0.0005, 0.03)
    mixing_s: tuple[float, float] = (0.005, 0.08)
    measured: float = 0.12
    double: float = 0.15


@dataclass(frozen=True, eq=False)
class RoomResponse:
    """What a room answers within `EARLY_S`, direct sound included, and later, [C, T] each."""

    early: Floats
    late: Floats


@dataclass(frozen=True)
class RoomMaker:
    """Draws rooms; `measured` are responses [1 or 2, T] from their direct sound on."""

    measured: Sequence[Floats] = ()
    options: RoomOptions = RoomOptions()

    def draw(self, n_channels: int, rng: np.random.Generator) -> RoomResponse:
        """A room heard by one or two microphones."""
        is_measured = len(self.measured) > 0 and rng.random() < self.options.measured
        reflections = self._changed(n_channels, rng) if is_measured else self._synthetic(n_channels, rng)
        level = 10 ** (rng.uniform(*self.options.reverberant_db) / 20)
        reflections *= np.float32(level * np.sqrt(n_channels) / max(float(np.linalg.norm(reflections)), 1e-9))
        for channel in range(n_channels):
            reflections[channel, int(rng.integers(0, 25)) * channel] += rng.uniform(0.6, 1.0) if channel else 1.0
        n_early = round(EARLY_S * RATE)
        early, late = reflections[:, :n_early], reflections.copy()
        late[:, :n_early] = 0
        return RoomResponse(early, late)

    def _synthetic(self, n_channels: int, rng: np.random.Generator) -> Floats:
        """Noise that decays, sparse at first."""
        times_s = _times(self.options.rt60_s, rng)
        n_frames = scipy.fft.next_fast_len(int(min(1.1 * times_s.max() + 0.1, LONGEST_S) * RATE), real=True)
        reflections = _decaying(n_channels, n_frames, times_s, rng)
        if rng.random() < self.options.double:
            longer = _decaying(n_channels, n_frames, times_s * rng.uniform(1.5, 3), rng)
            reflections += np.float32(10 ** (rng.uniform(-20, -8) / 20)) * longer
        age_s = np.arange(n_frames) / RATE
        begin_s = rng.uniform(*self.options.predelay_s)
        density = np.clip((age_s - begin_s) / rng.uniform(*self.options.mixing_s), 0.003, 1) ** 2
        is_heard = (rng.random((n_channels, n_frames)) < density) & (age_s > begin_s)
        sparse: Floats = np.where(is_heard, reflections / np.sqrt(density), 0).astype(np.float32)
        return sparse

    def _changed(self, n_channels: int, rng: np.random.Generator) -> Floats:
        """A measured room, larger or smaller, more or less damped, without its direct sound."""
        response = self.measured[int(rng.integers(len(self.measured)))]
        places = np.arange(0, min(response.shape[1], LONGEST_S * RATE) - 1, rng.uniform(0.75, 1.3))
        rows = [response[channel % len(response)] for channel in range(n_channels)]
        changed = np.stack([np.interp(places, np.arange(row.size), row) for row in rows])
        damping_s = np.exp(rng.uniform(np.log(0.3), np.log(6)))
        changed *= 10 ** (-3 * np.arange(places.size) / RATE / damping_s)
        changed[:, : round(0.002 * RATE)] = 0
        return changed.astype(np.float32)


def _times(limits_s: tuple[float, float], rng: np.random.Generator) -> NDArray[np.float64]:
    """RT60 at the knots in seconds: one for the middle, longer or shorter towards both ends."""
    middle_s = np.exp(rng.uniform(*np.log(limits_s)))
    bass, treble = rng.uniform(0.8, 1.5), rng.uniform(0.25, 1.1)
    shape = np.array([bass, 1.0, np.sqrt(treble), treble, treble * rng.uniform(0.6, 1.0)])
    times: NDArray[np.float64] = np.clip(middle_s * shape * np.exp(rng.normal(0, 0.08, shape.size)), 0.08, None)
    return times


def _decaying(n_channels: int, n_frames: int, times_s: NDArray[np.float64], rng: np.random.Generator) -> Floats:
    """Noise [C, n_frames] that falls by 60 dB in `times_s` at the knots, its bands louder or softer as a whole."""
    spectrum = scipy.fft.rfft(rng.standard_normal((n_channels, n_frames), dtype=np.float32))
    octave = np.log2(np.maximum(np.arange(spectrum.shape[1]) * RATE / n_frames, 20.0))
    age_s = (np.arange(n_frames) / RATE).astype(np.float32)
    noise = np.zeros((n_channels, n_frames), np.float32)
    for knot, time_s in enumerate(times_s):
        weight = np.interp(octave, np.log2(KNOTS_HZ), np.arange(len(KNOTS_HZ)) == knot)
        level = np.sqrt(weight) * 10 ** (rng.normal(0, 2) / 20)
        band = scipy.fft.irfft(spectrum * level.astype(np.float32), n_frames)
        noise += band * np.exp(np.float32(-3 * np.log(10) / time_s) * age_s)
    return noise
