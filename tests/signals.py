"""Signals that more than one test needs; all of them seeded or exact. Samples are float32 [C, T]."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from mixassist.audio.buffer import Samples

STEMS = ("drums", "bass", "other", "vocals")


def sine(frequency_hz: float, n_frames: int, rate: int, amplitude: float = 0.5, n_channels: int = 1) -> Samples:
    """A sine [C, T] that starts at phase zero, the same in every channel."""
    wave = amplitude * np.sin(2 * np.pi * frequency_hz * np.arange(n_frames) / rate)
    return np.tile(wave, (n_channels, 1)).astype(np.float32)


def noise(n_frames: int, n_channels: int = 2, amplitude: float = 0.1, seed: int = 0) -> Samples:
    """White Gaussian noise [C, T] of the given deviation, independent per channel."""
    rng = np.random.default_rng(seed)
    return (amplitude * rng.standard_normal((n_channels, n_frames))).astype(np.float32)


def band_noise(n_frames: int, rate: int, n_channels: int = 2, seed: int = 0) -> Samples:
    """Noise [C, T] below a quarter of Nyquist: what lossy codecs keep, for measuring where they put it."""
    low_pass = butter(8, 0.25, output="sos")
    return np.asarray(sosfilt(low_pass, noise(n_frames, n_channels, 0.3, seed), axis=1), dtype=np.float32)


def impulses(positions: list[int], n_frames: int, amplitude: float = 0.9, n_channels: int = 1) -> Samples:
    """Zeros [C, T] with one sample of `amplitude` at each position."""
    samples = np.zeros((n_channels, n_frames), dtype=np.float32)
    samples[:, positions] = amplitude
    return samples


def random_grid(n_frames: int, n_bits: int, n_channels: int = 2, seed: int = 0) -> Samples:
    """Uniform samples [C, T] that all lie on the grid of `n_bits` integers, both ends of full scale included."""
    full_scale = 2 ** (n_bits - 1)
    integers = np.random.default_rng(seed).integers(-full_scale, full_scale, (n_channels, n_frames))
    integers[:, :2] = (-full_scale, full_scale - 1)[:n_frames]
    return (integers / full_scale).astype(np.float32)


def music_like(seconds: float, rate: int, seed: int = 0) -> dict[str, Samples]:
    """Stems [2, T] of a loop at 120 beats a minute: drum hits, a bass, chords and a lead voice with vibrato."""
    rng = np.random.default_rng(seed)
    n_frames = round(seconds * rate)
    time_s = np.arange(n_frames) / rate
    beat_s = time_s % 0.5
    drums = 0.5 * np.exp(-beat_s / 0.03) * rng.standard_normal(n_frames) + 0.6 * np.exp(-beat_s / 0.1) * np.sin(
        2 * np.pi * 60 * beat_s
    )
    root_hz = 55.0 * 2 ** (np.array([0, 5, 7, 3])[(time_s // 1).astype(int) % 4] / 12)
    phase = 2 * np.pi * np.cumsum(root_hz) / rate
    bass = 0.3 * np.sin(phase) + 0.1 * np.sin(2 * phase)
    other = sum(0.08 * np.sin(ratio * phase + start) for ratio, start in ((4, 0.1), (5, 1.3), (6, 2.1), (8, 0.7)))
    vibrato = 2 * np.pi * 440 * time_s + 3 * np.sin(2 * np.pi * 5.5 * time_s)
    vocals = 0.2 * np.sin(np.pi * beat_s / 0.5) * sum(np.sin(k * vibrato) / k for k in range(1, 6))
    waves = dict(zip(STEMS, (0.5 * drums, bass, other, vocals), strict=True))
    pans = {"drums": (1.0, 1.0), "bass": (1.0, 1.0), "other": (1.0, 0.6), "vocals": (0.8, 1.0)}
    return {name: np.outer(pans[name], wave).astype(np.float32) for name, wave in waves.items()}
