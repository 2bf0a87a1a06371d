"""Sounds of a subtractive or frequency-modulating synthesizer, drawn by family.

Conventions:
    Times in s, pitches in semitones, cut-offs in octaves above the note. Everything is drawn from the generator
    passed in, so that hardly two songs share a sound.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from separation.training_set.waves import any_wave, drawbars, saw, sine, triangle

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Patch:
    """How a note sounds: harmonics, voices, filter, envelope, and what becomes of them over time."""

    harmonics: Floats
    """Amplitudes of the oscillator's harmonics, the first one first."""
    n_voices: int = 1
    detune_semitones: float = 0.0
    attack_s: float = 0.003
    decay_s: float = 0.3
    sustain: float = 0.7
    release_s: float = 0.08
    cut_off_octaves: float = 8.0
    """Where the low-pass rests."""
    sweep_octaves: float = 0.0
    """How far above that it begins; it falls with `sweep_s`."""
    sweep_s: float = 0.2
    resonance: float = 0.7
    wobble_octaves: float = 0.0
    wobble_hz: float = 0.0
    vibrato_semitones: float = 0.0
    glide_s: float = 0.0
    """How long a note takes from the pitch of the one before."""
    drop_semitones: float = 0.0
    drop_s: float = 0.03
    """A beginning above the pitch, as kicks and plucked basses have."""
    modulator_ratio: float = 0.0
    modulation: float = 0.0
    noise: float = 0.0
    drive_db: float = 0.0


def _lead(rng: np.random.Generator) -> Patch:
    return Patch(
        harmonics=any_wave(rng),
        n_voices=int(rng.choice([1, 2, 3, 7])),
        detune_semitones=float(rng.uniform(0.05, 0.3)),
        sustain=float(rng.uniform(0.5, 1)),
        cut_off_octaves=float(rng.uniform(2, 6)),
        sweep_octaves=float(rng.uniform(0, 3)),
        sweep_s=float(rng.uniform(0.05, 0.6)),
        resonance=float(rng.uniform(0.7, 4)),
        vibrato_semitones=float(rng.choice([0, 0.15, 0.35])),
        glide_s=float(rng.choice([0, 0.04, 0.09])),
        drive_db=float(rng.choice([0, 6, 14])),
    )


def _super_saw(rng: np.random.Generator) -> Patch:
    return Patch(
        harmonics=saw(),
        n_voices=7,
        detune_semitones=float(rng.uniform(0.12, 0.45)),
        attack_s=float(rng.choice([0.003, 0.01, 0.05])),
        sustain=float(rng.uniform(0.6, 1)),
        release_s=float(rng.uniform(0.06, 0.4)),
        cut_off_octaves=float(rng.uniform(3, 7)),
        sweep_octaves=float(rng.uniform(0, 2)),
        sweep_s=float(rng.uniform(0.1, 0.8)),
        noise=float(rng.choice([0, 0.02])),
    )


def _pad(rng: np.random.Generator) -> Patch:
    return Patch(
        harmonics=any_wave(rng),
        n_voices=int(rng.choice([2, 3, 5])),
        detune_semitones=float(rng.uniform(0.05, 0.25)),
        attack_s=float(rng.uniform(0.15, 1.2)),
        decay_s=1.0,
        sustain=0.85,
        release_s=float(rng.uniform(0.5, 1.5)),
        cut_off_octaves=float(rng.uniform(1, 4.5)),
        resonance=float(rng.uniform(0.6, 2)),
        wobble_octaves=float(rng.uniform(0, 1.2)),
        wobble_hz=float(rng.uniform(0.06, 0.5)),
        noise=float(rng.choice([0, 0, 0.05])),
    )


def _pluck(rng: np.random.Generator) -> Patch:
    return Patch(
        harmonics=any_wave(rng),
        n_voices=int(rng.choice([1, 2, 3])),
        detune_semitones=float(rng.uniform(0.03, 0.2)),
        decay_s=float(rng.uniform(0.08, 0.5)),
        sustain=float(rng.choice([0, 0, 0.2])),
        release_s=float(rng.uniform(0.05, 0.3)),
        cut_off_octaves=float(rng.uniform(0.3, 3)),
        sweep_octaves=float(rng.uniform(1.5, 5)),
        sweep_s=float(rng.uniform(0.04, 0.25)),
        resonance=float(rng.uniform(0.7, 5)),
    )


def _bell(rng: np.random.Generator) -> Patch:
    return Patch(
        harmonics=sine(),
        decay_s=float(rng.uniform(0.4, 2)),
        sustain=0.0,
        release_s=float(rng.uniform(0.3, 1)),
        modulator_ratio=float(rng.choice([1, 2, 3, 3.5, 4, 7, 1.41, 14])),
        modulation=float(rng.uniform(0.5, 4)),
        sweep_s=float(rng.uniform(0.1, 1)),
    )


def _organ(rng: np.random.Generator) -> Patch:
    return Patch(
        harmonics=drawbars(rng),
        sustain=1.0,
        release_s=0.03,
        vibrato_semitones=float(rng.choice([0, 0.1, 0.2])),
        noise=float(rng.choice([0, 0.01])),
        drive_db=float(rng.choice([0, 6, 12])),
    )


def _brass(rng: np.random.Generator) -> Patch:
    """A swell of the filter after the attack, as analogue brass has."""
    return Patch(
        harmonics=saw(),
        n_voices=int(rng.choice([2, 3, 4])),
        detune_semitones=float(rng.uniform(0.06, 0.2)),
        attack_s=float(rng.uniform(0.02, 0.08)),
        sustain=0.8,
        release_s=0.15,
        cut_off_octaves=float(rng.uniform(2, 4)),
        sweep_octaves=float(rng.uniform(0.5, 2)),
        sweep_s=float(rng.uniform(0.1, 0.4)),
        drop_semitones=float(rng.uniform(-1, 0)),
        drop_s=0.04,
    )


def _sub(rng: np.random.Generator) -> Patch:
    wave = (sine(), sine(), triangle())[int(rng.integers(3))]
    return Patch(
        harmonics=wave,
        decay_s=0.5,
        sustain=0.9,
        glide_s=float(rng.choice([0, 0.05])),
        drive_db=float(rng.uniform(0, 8)),
    )


def _eight_oh_eight(rng: np.random.Generator) -> Patch:
    """A kick drum's tone held: falls from high, decays, and is driven so that small speakers play it."""
    return Patch(
        harmonics=sine(),
        attack_s=0.001,
        decay_s=float(rng.uniform(0.6, 2.5)),
        sustain=0.0,
        release_s=0.06,
        glide_s=float(rng.choice([0, 0.06, 0.12])),
        drop_semitones=float(rng.uniform(12, 36)),
        drop_s=float(rng.uniform(0.012, 0.04)),
        drive_db=float(rng.uniform(0, 22)),
    )


def _reese(rng: np.random.Generator) -> Patch:
    return Patch(
        harmonics=saw(),
        n_voices=int(rng.choice([2, 3, 4])),
        detune_semitones=float(rng.uniform(0.1, 0.4)),
        sustain=1.0,
        cut_off_octaves=float(rng.uniform(2, 4.5)),
        wobble_octaves=float(rng.uniform(0, 1)),
        wobble_hz=float(rng.uniform(0.1, 1)),
        glide_s=float(rng.choice([0, 0.05])),
        drive_db=float(rng.uniform(4, 20)),
    )


def _wobble(rng: np.random.Generator) -> Patch:
    return Patch(
        harmonics=any_wave(rng),
        n_voices=int(rng.choice([1, 2])),
        detune_semitones=0.12,
        sustain=1.0,
        cut_off_octaves=float(rng.uniform(1.5, 3)),
        wobble_octaves=float(rng.uniform(1.5, 2.5)),
        wobble_hz=float(rng.choice([2.33, 3.5, 4.67, 7, 9.33])),
        resonance=float(rng.uniform(1, 5)),
        drive_db=float(rng.uniform(8, 24)),
    )


def _synth_bass(rng: np.random.Generator) -> Patch:
    return Patch(
        harmonics=any_wave(rng),
        n_voices=int(rng.choice([1, 1, 2])),
        detune_semitones=float(rng.uniform(0.03, 0.15)),
        decay_s=float(rng.uniform(0.1, 0.6)),
        sustain=float(rng.uniform(0.2, 0.9)),
        release_s=0.04,
        cut_off_octaves=float(rng.uniform(0.5, 3)),
        sweep_octaves=float(rng.uniform(0.5, 4)),
        sweep_s=float(rng.uniform(0.05, 0.3)),
        resonance=float(rng.uniform(0.7, 6)),
        glide_s=float(rng.choice([0, 0, 0.05])),
        drive_db=float(rng.choice([0, 6, 14])),
    )


def _fm_bass(rng: np.random.Generator) -> Patch:
    return Patch(
        harmonics=sine(),
        decay_s=float(rng.uniform(0.2, 0.8)),
        sustain=float(rng.uniform(0.1, 0.6)),
        release_s=0.04,
        modulator_ratio=float(rng.choice([1, 1, 2, 3])),
        modulation=float(rng.uniform(1, 5)),
        sweep_s=float(rng.uniform(0.06, 0.4)),
        drive_db=float(rng.choice([0, 8])),
    )


FAMILIES: dict[str, Callable[[np.random.Generator], Patch]] = {
    "lead": _lead,
    "super_saw": _super_saw,
    "pad": _pad,
    "pluck": _pluck,
    "bell": _bell,
    "organ": _organ,
    "brass": _brass,
    "sub": _sub,
    "808": _eight_oh_eight,
    "reese": _reese,
    "wobble": _wobble,
    "synth_bass": _synth_bass,
    "fm_bass": _fm_bass,
}
