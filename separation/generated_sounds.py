"""Sounds of generated songs: pitched tones built from partials, drums built from noise and swept sines.

Conventions:
    A sound is [T] float32 at 44100 Hz, at most about ±1. Every patch and drum is drawn from the generator passed in, so
    no two songs have the same instruments.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from separation.songs import RATE

Floats = NDArray[np.float32]
Drum = Callable[[], Floats]


@dataclass(frozen=True)
class Patch:
    """A pitched instrument: partial k has level k^-slope, shaped by pluck point, low-pass, decay and envelope.

    Times in s, decays in 1/s; `decay_per_partial` adds to `decay` per partial; `cutoff` is the low-pass in partials and
    `cutoff_decay` how fast it closes; `inharmonicity` stretches partial k by sqrt(1 + b k^2); `detune` spreads two
    voices by this ratio.
    """

    slope: float = 1.0
    even_level: float = 1.0
    pluck: float = 0.0
    cutoff: float = 20.0
    cutoff_decay: float = 0.0
    decay: float = 0.0
    decay_per_partial: float = 0.0
    attack: float = 0.005
    release: float = 0.05
    inharmonicity: float = 0.0
    detune: float = 0.0
    vibrato: float = 0.0
    drive: float = 0.0


def bass_patch(rng: np.random.Generator) -> Patch:
    """A plucked string, a filtered sawtooth or square, or little more than a sine."""
    plucked = Patch(
        slope=rng.uniform(0.7, 1.4),
        pluck=rng.uniform(0.08, 0.4),
        cutoff=rng.uniform(5, 25),
        decay=rng.uniform(0.3, 2.5),
        decay_per_partial=rng.uniform(0.1, 0.5),
        inharmonicity=1e-4,
    )
    synth = Patch(
        even_level=rng.choice([0.0, 1.0]),
        cutoff=rng.uniform(3, 20),
        cutoff_decay=rng.uniform(0, 8),
        decay=rng.uniform(0, 2),
        detune=rng.choice([0.0, 0.004]),
    )
    low = Patch(slope=rng.uniform(2, 4), cutoff=4, decay=rng.uniform(0, 3), attack=0.01)
    patch = (plucked, plucked, synth, low)[rng.integers(4)]
    return replace(patch, drive=rng.choice([0.0, 0.0, rng.uniform(1, 4)]))


def other_patch(rng: np.random.Generator) -> Patch:
    """Guitar, distorted guitar, piano, organ, pad or lead."""
    guitar = Patch(
        slope=rng.uniform(0.6, 1.2),
        pluck=rng.uniform(0.05, 0.3),
        cutoff=rng.uniform(8, 30),
        decay=rng.uniform(0.5, 2),
        decay_per_partial=rng.uniform(0.1, 0.4),
        inharmonicity=5e-5,
    )
    distorted = replace(guitar, drive=rng.uniform(5, 30), decay=rng.uniform(0.1, 0.6))
    piano = replace(guitar, slope=rng.uniform(1, 2), pluck=0.12, inharmonicity=rng.uniform(1e-4, 6e-4), release=0.15)
    organ = Patch(slope=rng.uniform(0.4, 1.5), even_level=rng.uniform(0.2, 1), cutoff=rng.uniform(4, 12), vibrato=0.002)
    pad = Patch(attack=rng.uniform(0.1, 0.5), release=0.4, cutoff=rng.uniform(4, 15), detune=rng.uniform(0.003, 0.01))
    lead = Patch(cutoff=rng.uniform(5, 25), cutoff_decay=rng.uniform(0, 3), vibrato=rng.uniform(0, 0.008), attack=0.02)
    return (guitar, distorted, piano, organ, pad, lead)[rng.integers(6)]


def tone(patch: Patch, pitches_hz: list[float], duration_s: float, rng: np.random.Generator) -> Floats:
    """One note or chord; the drive, a tanh, acts on all its notes together as an amplifier does."""
    total = sum(_voice(patch, pitch_hz, duration_s, rng) for pitch_hz in pitches_hz)
    sound = np.asarray(total / np.sqrt(len(pitches_hz)), np.float32)
    if patch.drive:
        # The speaker: distortion is hardly ever heard above some 5 kHz.
        sound = scipy.signal.sosfilt(_low_pass(rng.uniform(3500, 6000)), np.tanh(patch.drive * sound) * 0.6)
    return sound.astype(np.float32)


def _voice(patch: Patch, pitch_hz: float, duration_s: float, rng: np.random.Generator) -> Floats:
    time_s = np.arange(int((duration_s + patch.release) * RATE), dtype=np.float32) / np.float32(RATE)
    drift = patch.vibrato * np.sin(2 * np.pi * 5.5 * time_s) * np.minimum(time_s * 3, 1) / (2 * np.pi * 5.5)
    sound = np.zeros_like(time_s)
    for ratio in (1 - patch.detune, 1 + patch.detune) if patch.detune else (1.0,):
        phase = (2 * np.pi * pitch_hz * ratio) * (time_s + drift)
        for k in range(1, int(min(patch.cutoff * 2.5, 0.45 * RATE / pitch_hz)) + 1):
            stretched = k * np.sqrt(1 + patch.inharmonicity * k**2)
            sound += _partial_level(patch, k, time_s) * np.sin(stretched * phase + rng.uniform(0, 2 * np.pi))
    envelope = np.minimum(time_s / patch.attack, 1) * np.clip((time_s[-1] - time_s) / patch.release, 0, 1)
    return (0.4 * sound * envelope).astype(np.float32)


def _partial_level(patch: Patch, k: int, time_s: Floats) -> Floats:
    level = k**-patch.slope * (patch.even_level if k % 2 == 0 else 1.0)
    level *= abs(np.sin(np.pi * k * patch.pluck)) if patch.pluck else 1.0
    cutoff = 1 + (patch.cutoff - 1) * np.exp(-patch.cutoff_decay * time_s)
    fading = np.exp(-(patch.decay + patch.decay_per_partial * k) * time_s)
    return np.asarray(level * fading / (1 + (k / cutoff) ** 4), np.float32)


def drum_kit(rng: np.random.Generator) -> dict[str, Drum]:
    """Kick, snare, hat, open hat, tom and cymbal; each call of one gives a hit that differs a little."""
    low, drop = rng.uniform(42, 65), rng.uniform(1.5, 5)
    body, wires = rng.uniform(150, 240), rng.uniform(8, 25)
    bright, ring = rng.uniform(4000, 8000), rng.uniform(35, 90)

    def kick() -> Floats:
        return _swept(low, drop, rng.uniform(6, 9)) + 0.2 * _hiss(2000, 300, 0.02, rng)

    def snare() -> Floats:
        return 0.5 * _swept(body, 1.3, 18) + 0.6 * _hiss(1200, wires, 0.35, rng)

    def hat() -> Floats:
        return 0.4 * _hiss(bright, ring, 0.12, rng)

    def open_hat() -> Floats:
        return 0.35 * _hiss(bright, ring / 8, 0.6, rng)

    def tom() -> Floats:
        return 0.8 * _swept(rng.uniform(80, 180), 1.4, 7) + 0.1 * _hiss(800, 60, 0.2, rng)

    def cymbal() -> Floats:
        return 0.4 * _hiss(bright * 0.6, 2.2, 2.0, rng)

    return {"kick": kick, "snare": snare, "hat": hat, "open_hat": open_hat, "tom": tom, "cymbal": cymbal}


def _swept(pitch_hz: float, drop: float, decay: float) -> Floats:
    """Half a second of a sine that falls from drop times the pitch to the pitch while it fades."""
    time_s = np.arange(RATE // 2) / RATE
    phase = 2 * np.pi * pitch_hz * (time_s + (drop - 1) / 40 * (1 - np.exp(-40 * time_s)))
    return (np.sin(phase) * np.exp(-decay * time_s)).astype(np.float32)


def _hiss(lowest_hz: float, decay: float, length_s: float, rng: np.random.Generator) -> Floats:
    """High-passed noise that fades, padded to half a second so that drums of one hit add up."""
    time_s = np.arange(int(max(length_s, 0.5) * RATE)) / RATE
    noise = rng.standard_normal(time_s.size) * np.exp(-decay * time_s) * (time_s < length_s)
    high = scipy.signal.butter(2, lowest_hz, "high", fs=RATE, output="sos")
    return (0.5 * scipy.signal.sosfilt(high, noise)).astype(np.float32)


def in_a_room(samples: Floats, seconds: float, level: float, rng: np.random.Generator) -> Floats:
    """The samples [2, T] with a room added: noise that fades by 43 dB in `seconds`, different left and right."""
    time_s = np.arange(int(seconds * RATE)) / RATE
    response = rng.standard_normal((2, time_s.size)) * np.exp(-5 * time_s / seconds)
    response *= level / np.linalg.norm(response, axis=1, keepdims=True)
    wet = scipy.signal.oaconvolve(samples, response.astype(np.float32), axes=1)[:, : samples.shape[1]]
    return (samples + wet).astype(np.float32)


def _low_pass(highest_hz: float) -> NDArray[np.float64]:
    sos: NDArray[np.float64] = scipy.signal.butter(4, highest_hz, "low", fs=RATE, output="sos")
    return sos
