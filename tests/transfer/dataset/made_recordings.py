"""Recordings of made instruments: notes whose partials fall off, each a little differently, and a ledger for them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mixassist import AudioBuffer, write_audio

RATE = 48000
LEDGER = """
[[contributor]]
name = "Ada"
role = "played it"
source = "https://example.org/ada"
licence = "CC0-1.0"
consent = ["train", "release"]
split_percent = 60
files = ["a/*"]

[[contributor]]
name = "Bo"
role = "recorded it"
source = "a room of his own"
licence = "CC-BY-4.0"
consent = ["train"]
split_percent = 40
"""


def note(number: float, seconds: float = 0.5, fall: float = 1.2, seed: int = 0) -> np.ndarray:
    """Samples [T] of a note of this MIDI number, whose k-th partial has the amplitude k ** -fall, in faint noise."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(seconds * RATE)) / RATE
    pitch_hz = 440 * 2 ** ((number - 69) / 12)
    partials = np.arange(1, int(8000 / pitch_hz) + 1)
    amplitudes = partials**-fall * rng.uniform(0.9, 1.1, partials.size)
    phases = rng.uniform(0, 2 * np.pi, partials.size)
    wave = amplitudes @ np.sin(2 * np.pi * pitch_hz * partials[:, np.newaxis] * time_s + phases[:, np.newaxis])
    envelope = np.minimum(1, np.minimum(time_s, seconds - time_s) / 0.02)
    return 0.3 * envelope * wave / np.abs(wave).max() + 1e-4 * rng.standard_normal(time_s.size)


def with_pauses(*sounds: np.ndarray) -> np.ndarray:
    """Samples [T] of sounds with half a second of quiet noise before, between and after them."""
    pause = 1e-4 * np.random.default_rng(1).standard_normal(RATE // 2)
    return np.concatenate([pause, *(part for sound in sounds for part in (sound, pause))])


def write(path: Path, samples: np.ndarray, rate: int = RATE) -> None:
    """Writes samples [T] or [C, T]."""
    write_audio(path, AudioBuffer(np.atleast_2d(samples).astype(np.float32), rate))


def write_instrument(folder: Path) -> None:
    """Sixteen notes of one instrument by two people, one of them twice, a buzz and a hiss that do not belong."""
    for index in range(16):
        person = "a" if index < 8 else "b"
        write(folder / person / f"note-{index:02d}.wav", note(50 + index, fall=1.2 + 0.02 * (index % 3), seed=index))
    write(folder / "b" / "note-once-more.wav", 0.5 * note(50, fall=1.2, seed=0))
    write(folder / "b" / "buzz.wav", note(57, fall=0.0, seed=20))
    write(folder / "b" / "hiss.wav", 0.1 * np.random.default_rng(2).standard_normal(RATE // 2))
    (folder / "credits.toml").write_text(LEDGER, encoding="utf-8")
