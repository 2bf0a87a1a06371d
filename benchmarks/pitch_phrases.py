"""Phrases whose pitch is known at each sample: like saxophone, voices and guitar, with vibrato, glides and noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import scipy.signal

from mixassist.dsp.hops import Floats

RATE = 48000
N_NOTES = 12
HIGHEST_HARMONIC_HZ = 12000
NOTES_RMS = 0.1
HEARD_DB = -35.0
"""A note counts as heard while its envelope lies above this, against its top."""


@dataclass(frozen=True)
class Phrase:
    """A sound [T], its pitch in Hz [T] and whether there is one [T]."""

    sound: Floats
    f0_hz: Floats
    is_heard: np.ndarray

    def with_noise(self, snr_db: float) -> Phrase:
        """The same with white noise so far below its rms."""
        noise = np.random.default_rng(0).standard_normal(self.sound.size)
        return replace(self, sound=self.sound + NOTES_RMS * 10 ** (-snr_db / 20) * noise)


@dataclass(frozen=True)
class Player:
    """How a kind of instrument plays; pitches are MIDI numbers."""

    lowest: int
    highest: int
    vibrato_cents: float = 0.0
    glide_s: float = 0.003
    attack_s: float = 0.02
    release_s: float = 0.05
    breath_db: float = -45.0
    formants_hz: tuple[float, ...] = ()
    slope: float = 1.0
    decay_s: float = np.inf


PLAYERS = {
    "sax": Player(50, 81, vibrato_cents=15, breath_db=-35, formants_hz=(700, 1600), slope=0.7),
    "sax, vibrato": Player(50, 81, vibrato_cents=60, breath_db=-35, formants_hz=(700, 1600), slope=0.7),
    "low voice": Player(40, 64, 40, 0.06, 0.04, formants_hz=(550, 1100, 2500), slope=1.2),
    "high voice": Player(57, 84, 50, 0.08, 0.04, formants_hz=(700, 1300, 2800), slope=1.4),
    "glides": Player(50, 76, 0, 0.4, 0.04, formants_hz=(600, 1200), slope=1.0),
    "guitar": Player(40, 76, 5, attack_s=0.002, release_s=0.02, breath_db=-70, slope=1.1, decay_s=0.5),
    "weak fundamental": Player(45, 69, 20, formants_hz=(1200, 2400), slope=-0.3),
}


def phrase(name: str, seed: int = 0) -> Phrase:
    """A phrase of a player."""
    player, rng = PLAYERS[name], np.random.default_rng((seed, len(name)))
    seconds = rng.uniform(0.12, 0.6, N_NOTES)
    lengths = (seconds * RATE).astype(int)
    notes = np.repeat(rng.integers(player.lowest, player.highest + 1, N_NOTES).astype(float), lengths)
    time_s = np.arange(notes.size) / RATE
    glide = np.hanning(max(int(player.glide_s * RATE), 3))
    padded = np.pad(notes, (glide.size // 2, glide.size - 1 - glide.size // 2), mode="edge")
    glided = scipy.signal.fftconvolve(padded, glide / glide.sum(), mode="valid")
    vibrato = player.vibrato_cents / 100 * np.sin(2 * np.pi * 5.5 * time_s)
    f0_hz = 440 * 2 ** ((glided + vibrato - 69) / 12)
    envelope = np.concatenate([_envelope(player, n_samples, rng) for n_samples in lengths])
    is_heard = envelope > 10 ** (HEARD_DB / 20)
    sound = envelope * _harmonics(player, f0_hz)
    sound /= np.sqrt(np.mean(sound[is_heard] ** 2)) / NOTES_RMS
    sound += envelope * NOTES_RMS * 10 ** (player.breath_db / 20) * rng.standard_normal(sound.size)
    return Phrase(sound, f0_hz, is_heard)


def _envelope(player: Player, n_samples: int, rng: np.random.Generator) -> Floats:
    """Of one note, its top between -12 and 0 dB; every other note is tied to the next."""
    time_s = np.arange(n_samples) / RATE
    rise = np.clip(time_s / player.attack_s, 0, 1)
    fall = np.clip((time_s[-1] - time_s) / player.release_s, 0, 1) if rng.random() < 0.5 else 1.0
    return np.asarray(10 ** (rng.uniform(-12, 0) / 20) * rise * fall * np.exp(-time_s / player.decay_s))


def _harmonics(player: Player, f0_hz: Floats) -> Floats:
    """The sum of all harmonics, each as loud as slope and formants have it at its pitch."""
    turn = np.exp(1j * (2 * np.pi * np.cumsum(f0_hz) / RATE + 1))
    wave, total = np.ones_like(turn), np.zeros_like(f0_hz)
    for k in range(1, int(HIGHEST_HARMONIC_HZ / f0_hz.min()) + 1):
        wave *= turn
        hz = k * f0_hz
        level = k**-player.slope * np.where(hz < HIGHEST_HARMONIC_HZ, 1.0, 0.0)
        for formant_hz in player.formants_hz:
            level *= 0.3 + 1 / (1 + np.square((hz - formant_hz) / (0.2 * formant_hz)))
        total += level * wave.imag
    return total
