"""Electronic drums made of oscillators and noise, as the machines of the eighties do, each kit tuned anew.

References:
    Roland TR-808 service notes (1981): kick of a ringing filter with a falling pitch, clap of four bursts of noise,
    cymbals of six pulse waves at unrelated frequencies through high-passes.
"""

from __future__ import annotations

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from separation.songs import RATE

Floats = NDArray[np.float32]
Layers = list[Floats]

METAL_HZ = np.array([205.3, 304.4, 369.6, 522.7, 540.0, 800.0])
"""Of the pulses that cymbals are made of."""


class DrumMachine:
    """A kit drawn from a generator: `kit` gives a layer [2, T] of peak 1 for each drum."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.metal = METAL_HZ * float(rng.uniform(0.8, 2.2))

    def kit(self) -> dict[str, Layers]:
        drums = {"kick": self._kick(), "snare": self._snare(), "clap": self._clap(), "stick": self._tick()}
        drums |= {"hat": self._cymbal(self.rng.uniform(0.02, 0.08), 7000)}
        drums |= {"open_hat": self._cymbal(self.rng.uniform(0.1, 0.3), 6500)}
        drums |= {"ride": self._cymbal(self.rng.uniform(0.3, 0.7), 5000)}
        drums |= {"crash": self._cymbal(self.rng.uniform(0.3, 0.8), 3500, noise=0.8)}
        low_hz = float(self.rng.uniform(70, 120))
        for drum, factor in (("low_tom", 1.0), ("mid_tom", 1.4), ("high_tom", 1.9), ("conga", 2.6)):
            drums[drum] = self._tone(low_hz * factor, float(self.rng.uniform(0.1, 0.35)), 4)
        return {drum: [_stereo(sound)] for drum, sound in drums.items()}

    def _kick(self) -> Floats:
        """A falling sine: long and round, short and hard, or distorted."""
        time_s = _time(1.2)
        end_hz, start_hz = self.rng.uniform(42, 62), self.rng.uniform(120, 500)
        hz = end_hz + start_hz * np.exp(-time_s / self.rng.uniform(0.008, 0.05))
        body = np.sin(2 * np.pi * np.cumsum(hz) / RATE) * np.exp(-time_s / self.rng.uniform(0.08, 0.4))
        click = self._noise(time_s.size, 1500, 9000) * np.exp(-time_s / 0.004) * self.rng.uniform(0, 0.4)
        drive = 10 ** (self.rng.choice([0, 6, 15, 24]) / 20)
        return np.asarray(np.tanh(drive * (body + click)), np.float32)

    def _snare(self) -> Floats:
        time_s = _time(0.8)
        low_hz = self.rng.uniform(160, 260)
        bend = 1 + 0.5 * np.exp(-time_s / 0.012)
        tones = sum(
            np.sin(2 * np.pi * np.cumsum(hz * bend) / RATE) * level
            for hz, level in ((low_hz, 1.0), (low_hz * self.rng.uniform(1.5, 1.9), 0.6))
        )
        rattle = self._noise(time_s.size, self.rng.uniform(500, 2500), 14_000) * self.rng.uniform(0.8, 2.5)
        sound = tones * np.exp(-time_s / self.rng.uniform(0.03, 0.12))
        sound = sound + rattle * np.exp(-time_s / self.rng.uniform(0.05, 0.2))
        return np.asarray(np.tanh(self.rng.uniform(0.6, 2) * sound), np.float32)

    def _clap(self) -> Floats:
        """Four bursts of band-passed noise some 10 ms apart, the last one with a tail."""
        time_s = _time(0.7)
        level = np.zeros(time_s.size)
        gap_s = self.rng.uniform(0.007, 0.013)
        for place in range(4):
            late = time_s - place * gap_s
            fade_s = self.rng.uniform(0.05, 0.18) if place == 3 else 0.006
            level = np.maximum(level, np.where(late >= 0, np.exp(-np.maximum(late, 0) / fade_s), 0))
        centre_hz = self.rng.uniform(900, 1800)
        return np.asarray(self._noise(time_s.size, centre_hz * 0.6, centre_hz * 4) * level, np.float32)

    def _tick(self) -> Floats:
        return self._tone(float(self.rng.uniform(400, 1900)), 0.015, 0)

    def _tone(self, hz: float, fade_s: float, drop_semitones: float) -> Floats:
        time_s = _time(min(8 * fade_s, 1.5))
        pitch = hz * 2 ** (drop_semitones / 12 * np.exp(-time_s / 0.03))
        tone = np.sin(2 * np.pi * np.cumsum(pitch) / RATE) + 0.3 * np.sin(4.6 * np.pi * np.cumsum(pitch) / RATE)
        return np.asarray(tone * np.exp(-time_s / fade_s), np.float32)

    def _cymbal(self, fade_s: float, low_hz: float, noise: float = 0.3) -> Floats:
        time_s = _time(min(6 * fade_s, 3.0))
        pulses = np.sign(np.sin(2 * np.pi * self.metal[:, None] * time_s + self.rng.random((6, 1)))).mean(axis=0)
        share = float(np.clip(noise + self.rng.uniform(-0.3, 0.5), 0, 1))
        sound = (1 - share) * pulses + share * 0.5 * self.rng.standard_normal(time_s.size)
        cut = scipy.signal.butter(3, min(low_hz * self.rng.uniform(0.7, 1.3), 12_000), "high", fs=RATE, output="sos")
        return np.asarray(scipy.signal.sosfilt(cut, sound) * np.exp(-time_s / fade_s), np.float32)

    def _noise(self, n_samples: int, low_hz: float, high_hz: float) -> Floats:
        band = scipy.signal.butter(2, (low_hz, min(high_hz, 20_000)), "band", fs=RATE, output="sos")
        noise = scipy.signal.sosfilt(band, self.rng.standard_normal(n_samples))
        return np.asarray(noise / noise.std() * 0.4, np.float32)


def _time(seconds: float) -> NDArray[np.float64]:
    return np.arange(int(seconds * RATE)) / RATE


def _stereo(sound: Floats) -> Floats:
    fade = np.clip((sound.size - np.arange(sound.size)) / 400, 0, 1)
    return np.repeat((sound * fade / max(float(np.abs(sound).max()), 1e-6))[None], 2, axis=0).astype(np.float32)
