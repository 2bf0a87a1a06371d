"""Noises of which every sample is known, and sounds to put them under: material for taking them away again.

Noises are drawn, each from its own seed: hiss of several spectra, a tape's that moves, the tone of a room, mains hum
whose frequency drifts, crackle, a worn record (all that, and rumble), a guitar amplifier that hums and hisses. Sounds
are those of `dereverb_rooms` and stems and songs of `separation/eval`; none of these excerpts was used to choose a
parameter: those were other takes, other phrases and other songs of `separation/train` than the one the drums are from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
import scipy.signal
from numpy.typing import NDArray

from benchmarks.dereverb_rooms import RATE, dry_sounds, read_mono

Floats = NDArray[np.float64]

SNRS_DB = (0, 10, 20, 30)
N_KNOTS_PER_S = 0.5
"""Of what moves slowly: the spectrum of a tape's hiss, the frequency of the mains."""

CRACKLES_PER_S = 40.0
STEMS = {"vocals": "beatles", "bass": "reggae", "other": "country1"}
RUMBLE_HZ = 80
"""Below, the voice's recordings hold rumble of their own, 30 dB down, which would count as sound."""

SONG = "britpop"
SONG_FROM_S = 8.0


@dataclass(frozen=True)
class Noisy:
    """A sound [1, T] under a noise, and what it was; `snr_db` is the ratio of their energies."""

    sound: str
    noise: str
    snr_db: float
    clean: Floats
    heard: Floats


def white(n_frames: int, rng: np.random.Generator) -> Floats:
    return rng.standard_normal(n_frames)


def coloured(n_frames: int, rng: np.random.Generator, db_per_octave: float) -> Floats:
    """Noise whose power falls by `db_per_octave`, all of it above 20 Hz."""
    spectrum = np.fft.rfft(rng.standard_normal(n_frames))
    frequency_hz = np.fft.rfftfreq(n_frames, 1 / RATE)
    spectrum *= (np.maximum(frequency_hz, 20.0) / 1000) ** (-db_per_octave / (20 * np.log10(2)))
    spectrum[frequency_hz < 20] = 0
    return np.fft.irfft(spectrum, n_frames)


def tape(n_frames: int, rng: np.random.Generator) -> Floats:
    """Hiss in three bands, each of which wanders by some dB within seconds, the highest the loudest."""
    noise = np.zeros(n_frames)
    for edges_hz, level in (((60, 800), 0.3), ((800, 4000), 0.6), ((4000, 16000), 1.0)):
        sections = scipy.signal.butter(2, edges_hz, "band", fs=RATE, output="sos")
        level_db = 2.5 * _wandering(n_frames, rng)
        noise += level * 10 ** (level_db / 20) * scipy.signal.sosfilt(sections, rng.standard_normal(n_frames))
    return noise


def room_tone(n_frames: int, rng: np.random.Generator) -> Floats:
    """The bottom of brown noise, and some ventilation above it."""
    sections = scipy.signal.butter(1, (150, 1200), "band", fs=RATE, output="sos")
    air = scipy.signal.sosfilt(sections, rng.standard_normal(n_frames))
    return _levelled(coloured(n_frames, rng, 6.0)) + 0.5 * _levelled(air)


def hum(n_frames: int, rng: np.random.Generator) -> Floats:
    """Mains of 50 or 60 Hz that drift by some hundredths of a Hz, and harmonics of random strength up to 2 kHz."""
    mains_hz = rng.choice([50.0, 60.0]) + rng.uniform(-0.1, 0.1) + 0.03 * _wandering(n_frames, rng)
    phase = 2 * np.pi * np.cumsum(mains_hz) / RATE
    noise = np.zeros(n_frames)
    for harmonic in range(1, int(2000 / mains_hz[0])):
        strength = rng.uniform(0.1, 1) * (1.0 if harmonic % 2 or harmonic == 2 else 0.3) / harmonic**0.9
        noise += strength * np.sin(harmonic * phase + rng.uniform(0, 2 * np.pi))
    return noise


def crackle(n_frames: int, rng: np.random.Generator) -> Floats:
    """Clicks of 0.1 to 1 ms that ring, most of them soft, a few very loud."""
    noise = np.zeros(n_frames)
    for _ in range(rng.poisson(CRACKLES_PER_S * n_frames / RATE)):
        length = round(rng.uniform(1e-4, 1e-3) * RATE)
        age = np.arange(length)
        click = np.exp(-4 * age / length) * np.cos(2 * np.pi * rng.uniform(0.02, 0.25) * age + rng.uniform(0, 6))
        first = rng.integers(0, n_frames - length)
        noise[first : first + length] += rng.choice([-1, 1]) * rng.lognormal(0, 1.0) * click
    return noise


def record(n_frames: int, rng: np.random.Generator) -> Floats:
    """A worn record: crackle, the surface's hiss, and rumble below 60 Hz."""
    sections = scipy.signal.butter(2, 60, fs=RATE, output="sos")
    rumble = scipy.signal.sosfilt(sections, coloured(n_frames, rng, 3.0))
    parts = (crackle(n_frames, rng), 0.6 * _levelled(coloured(n_frames, rng, 3.0)), 0.4 * _levelled(rumble))
    return _levelled(parts[0]) + parts[1] + parts[2]


def amplifier(n_frames: int, rng: np.random.Generator) -> Floats:
    """As much hum as hiss."""
    return _levelled(hum(n_frames, rng)) + _levelled(white(n_frames, rng))


NOISES: dict[str, Callable[[int, np.random.Generator], Floats]] = {
    "white": white,
    "pink": lambda n_frames, rng: coloured(n_frames, rng, 3.0),
    "tape": tape,
    "room tone": room_tone,
    "hum": hum,
    "crackle": crackle,
    "record": record,
    "amplifier": amplifier,
}


def clean_sounds(data: Path, seconds: float) -> dict[str, Floats]:
    """Sounds [T] by kind, their loudest sample at 0.5."""
    n_frames = round(seconds * RATE)
    sounds = dry_sounds(data, seconds)
    sounds["voice"] = scipy.signal.sosfilt(
        scipy.signal.butter(4, RUMBLE_HZ, "high", fs=RATE, output="sos"), sounds["voice"]
    )
    first = round(SONG_FROM_S * RATE)
    for stem, song in STEMS.items():
        sounds[stem] = read_mono(data / "separation" / "eval" / song / f"{stem}.ogg")[first:][:n_frames]
    stems = [read_mono(path)[first:][:n_frames] for path in sorted((data / "separation" / "eval" / SONG).glob("*.ogg"))]
    sounds["song"] = np.sum(stems, axis=0)
    return {kind: 0.5 * sound / np.abs(sound).max() for kind, sound in sounds.items()}


def noisy_sounds(sounds: dict[str, Floats], snrs_db: tuple[float, ...], first_seed: int = 5000) -> Iterator[Noisy]:
    """Each sound under each noise at all ratios, each noise another draw."""
    seeds = count(first_seed)
    for kind, sound in sounds.items():
        for name, draw in NOISES.items():
            noise = draw(sound.size, np.random.default_rng(next(seeds)))
            noise *= np.sqrt(np.sum(sound**2) / np.sum(noise**2))
            for snr_db in snrs_db:
                yield Noisy(kind, name, snr_db, sound[None], (sound + 10 ** (-snr_db / 20) * noise)[None])


def _wandering(n_frames: int, rng: np.random.Generator) -> Floats:
    """A curve [n_frames] of deviation 1 that takes seconds to turn."""
    n_knots = int(n_frames / RATE * N_KNOTS_PER_S) + 3
    knots = rng.standard_normal(n_knots)
    return np.interp(np.linspace(0, n_knots - 1, n_frames), np.arange(n_knots), knots)


def _levelled(noise: Floats) -> Floats:
    return noise / np.sqrt(np.mean(noise**2))
