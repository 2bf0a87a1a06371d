"""Random noises to learn from: hiss, tone of rooms, hum, crackle and clicks, alone or together, each another.

Conventions: noises are [C, T] float32 at 44100 Hz; all randomness comes from the generator that is passed in.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from separation.songs import RATE

Floats = NDArray[np.float32]

N_KNOTS = 12
"""Of a random spectrum, over the octaves from 20 Hz up."""

MIXTURES = ("hiss", "hiss", "hiss", "hum", "crackle", "hiss+hum", "hiss+crackle", "hiss+hum+crackle")
"""What a noise may be made of, the first kind the loudest."""


def draw_noise(n_channels: int, n_frames: int, rng: np.random.Generator) -> Floats:
    """A noise [C, n_frames] of unit rms."""
    noise = np.zeros((n_channels, n_frames), np.float32)
    for rank, kind in enumerate(str(rng.choice(MIXTURES)).split("+")):
        part = _KINDS[kind](n_channels, n_frames, rng)
        level_db = -rng.uniform(0, 15) if rank else 0.0
        noise += part * np.float32(10 ** (level_db / 20) / max(_rms(part), 1e-9))
    return noise / np.float32(max(_rms(noise), 1e-9))


def hiss(n_channels: int, n_frames: int, rng: np.random.Generator) -> Floats:
    """Noise with a random spectrum, from brown to blue with bumps, which moves slowly from one to another."""
    noise = np.zeros((n_channels, n_frames), np.float32)
    n_spectra = 1 if rng.random() < 0.4 else 2
    slope, bumps = rng.uniform(-7, 2), rng.normal(0, 5, N_KNOTS)
    for _ in range(n_spectra):
        noise += _coloured(n_channels, n_frames, slope, bumps, rng) * _swell(n_frames, rng)
        bumps = bumps + rng.normal(0, 3, N_KNOTS)
    if n_channels > 1 and rng.random() < 0.4:
        noise += np.float32(rng.uniform(0, 3)) * noise[:1]
    return noise


def hum(n_channels: int, n_frames: int, rng: np.random.Generator) -> Floats:
    """Mains of 50 or 60 Hz that drift, and harmonics; odd ones stronger, up to 5 kHz where it buzzes."""
    mains_hz = float(rng.choice([50.0, 60.0])) * (1 + rng.uniform(-0.004, 0.004))
    drift_hz = rng.uniform(0, 0.15) * np.sin(2 * np.pi * rng.uniform(0.02, 0.3) * np.arange(n_frames) / RATE)
    phase = 2 * np.pi * np.cumsum(mains_hz + drift_hz) / RATE
    n_harmonics = min(int(5000 / mains_hz), int(rng.integers(2, 80)))
    slope_db, even_db = rng.uniform(-12, -2), rng.uniform(-20, 0)
    wave = np.zeros(n_frames)
    for harmonic in range(1, n_harmonics + 1):
        level_db = slope_db * np.log2(harmonic) + (0 if harmonic % 2 else even_db) + rng.normal(0, 4)
        wave += 10 ** (level_db / 20) * np.sin(harmonic * phase + rng.uniform(0, 2 * np.pi))
    sides = rng.uniform(0.5, 1, (n_channels, 1))
    return (sides * wave).astype(np.float32)


def crackle(n_channels: int, n_frames: int, rng: np.random.Generator) -> Floats:
    """Clicks at random times, a few large ones among many small, each a short ringing."""
    n_clicks = rng.poisson(np.exp(rng.uniform(np.log(1), np.log(120))) * n_frames / RATE) + 1
    impulses = np.zeros((n_channels, n_frames), np.float32)
    places = rng.integers(0, n_frames, n_clicks)
    sizes = rng.choice([-1, 1], n_clicks) * np.exp(rng.normal(0, rng.uniform(0.3, 1.5), n_clicks))
    for channel in range(n_channels):
        np.add.at(impulses[channel], places, sizes * rng.uniform(0.3, 1, n_clicks))
    age = np.arange(256)
    ring_hz, fall_s = rng.uniform(500, 9000), np.exp(rng.uniform(np.log(5e-5), np.log(1e-3)))
    click = np.exp(-age / RATE / fall_s) * np.cos(2 * np.pi * ring_hz * age / RATE)
    spectrum = scipy.fft.rfft(impulses) * scipy.fft.rfft(click.astype(np.float32), n_frames)
    rung: Floats = scipy.fft.irfft(spectrum, n_frames)
    return rung


_KINDS = {"hiss": hiss, "hum": hum, "crackle": crackle}


def _coloured(
    n_channels: int, n_frames: int, slope: float, bumps_db: NDArray[np.float64], rng: np.random.Generator
) -> Floats:
    """Noise [C, n_frames] whose spectrum falls or rises by `slope` dB an octave, with bumps at the knots."""
    noise = rng.standard_normal((n_channels, n_frames), dtype=np.float32)
    octave = np.log2(np.maximum(np.arange(n_frames // 2 + 1) * RATE / n_frames, 20.0) / 20)
    bump_db = np.interp(octave, np.linspace(0, 10, N_KNOTS), bumps_db)
    gain = 10 ** ((slope * octave + bump_db) / 20)
    coloured: Floats = scipy.fft.irfft(scipy.fft.rfft(noise) * gain.astype(np.float32), n_frames)
    return coloured / np.float32(max(_rms(coloured), 1e-9))


def _swell(n_frames: int, rng: np.random.Generator) -> Floats:
    """A gain [n_frames] that wanders by some dB within seconds."""
    n_knots = max(n_frames // RATE, 2)
    level_db = rng.normal(0, rng.uniform(0.2, 3.0), n_knots)
    places = np.linspace(0, n_frames, n_knots)
    return (10 ** (np.interp(np.arange(n_frames), places, level_db) / 20)).astype(np.float32)


def _rms(samples: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(samples))))
