"""The singer of the demo: harmonics shaped by formants that glide from vowel to vowel, with consonants and breath.

Each harmonic n of the pitch f0(t) is a sinusoid with the complex gain of the vocal tract at n f0(t), a sum of
resonances A (b/2) / (b/2 + j (f − F)). Everything about the voice is drawn once per control step of 64 samples.

Formants F, levels A and bandwidths b: the table for an alto in the Csound manual, appendix "Formant Values". Its upper
levels are raised, as a close microphone and an engineer would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from mixassist.demo.score import BEAT_S, MELODY, Syllable
from mixassist.demo.synthesis import (
    Signal,
    amplitude,
    decay,
    fade_out,
    filtered,
    in_room,
    panned,
    place,
    room_response,
    seconds,
)

STEP = 64
"""Samples between two points of the control curves."""
HIGHEST_HZ = 10000.0

Curve = TypeVar("Curve", Signal, NDArray[np.complex128])

FORMANTS_HZ = {
    "a": (800, 1150, 2800, 3500, 4950),
    "e": (400, 1600, 2700, 3300, 4950),
    "i": (350, 1700, 2700, 3700, 4950),
    "o": (450, 800, 2830, 3500, 4950),
    "u": (325, 700, 2530, 3500, 4950),
    "m": (270, 1050, 2200, 3000, 4500),
}
LEVELS_DB = {
    "a": (0, -2, -13, -17, -20),
    "e": (0, -7, -13, -17, -21),
    "i": (0, -7, -13, -17, -21),
    "o": (0, -4, -16, -20, -24),
    "u": (0, -7, -19, -23, -27),
    "m": (-6, -20, -25, -32, -40),
}
BANDWIDTHS_HZ = (85, 95, 130, 150, 220)

UNVOICED = {"s": (4800, 10500, 0.11, 0.16), "t": (2500, 8500, 0.045, 0.2), "h": (700, 3500, 0.08, 0.12)}
"""Consonants of breath alone: lower and upper edge in Hz, length in seconds, level."""
VOICED = ("l", "m", "n", "d")


@dataclass
class VoiceCurves:
    """How the voice moves, one column per control step: pitch in semitones (MIDI), loudness, formants [5, K]."""

    pitch: Signal
    loudness: Signal
    formants_hz: Signal
    levels: Signal


def render_voice(track: Signal, rate: int, rng: np.random.Generator) -> Signal:
    """The vocal stem [2, T]: the voice, two soft doubles at the sides, and a hall."""
    voice = sung(track.shape[1], rate, rng)
    track += panned(voice, 0)
    for pan, cents, delay_s in ((-0.8, 9, 0.017), (0.8, -8, 0.024)):
        place(track, amplitude(-13) * panned(sung(track.shape[1], rate, rng, cents), pan), delay_s, rate)
    return in_room(track, room_response(rng, rate, t60_s=1.5, predelay_s=0.03), wet_db=-12)


def sung(n_samples: int, rate: int, rng: np.random.Generator, cents: float = 0.0) -> Signal:
    """The melody sung once, [T], `cents` away from its pitch."""
    curves = _curves(n_samples // STEP + 2, STEP / rate, rng)
    curves.pitch += cents / 100
    voiced = _harmonics(curves, n_samples, rate)
    breath = filtered(rng.standard_normal(n_samples), "bandpass", (1500, 9000), rate)
    voice = voiced + 0.004 * breath * _per_sample(curves.loudness)[:n_samples]
    for syllable in MELODY:
        if syllable.consonant in UNVOICED:
            consonant = _unvoiced(syllable.consonant, rate, rng)
            place(voice, consonant, syllable.beat * BEAT_S - 0.5 * consonant.size / rate, rate)
    return voice


def _curves(n_steps: int, step_s: float, rng: np.random.Generator) -> VoiceCurves:
    """Steps of the score, smoothed into movement."""
    pitch = np.full(n_steps, float(MELODY[0].pitch))
    vibrato, loudness = np.zeros(n_steps), np.zeros(n_steps)
    vowels = np.full(n_steps, "m")
    for syllable in MELODY:
        first = round(syllable.beat * BEAT_S / step_s)
        if first >= n_steps:
            break
        span = slice(first, first + round(syllable.n_beats * BEAT_S / step_s))
        pitch[first:] = syllable.pitch  # held through the rest that follows, so that no glide starts from nowhere
        _sing(syllable, vowels[span], loudness[span], step_s)
        since_s = step_s * np.arange(vibrato[span].size)
        vibrato[span] = 0.38 * np.clip((since_s - 0.25) / 0.4, 0, 1)
    time_s = step_s * np.arange(n_steps)
    wobble = gaussian_filter1d(rng.standard_normal(n_steps), 0.03 / step_s)
    phase = 2 * np.pi * 5.4 * time_s + 1.5 * gaussian_filter1d(rng.standard_normal(n_steps), 0.2 / step_s)
    vibrato = gaussian_filter1d(vibrato, 0.03 / step_s)
    pitch = gaussian_filter1d(pitch, 0.022 / step_s) + vibrato * np.sin(phase) + 0.25 * wobble
    loudness = gaussian_filter1d(loudness, 0.016 / step_s) * (1 + 0.12 * vibrato * np.sin(phase + 1) + 0.4 * wobble)
    return VoiceCurves(pitch, loudness, _glide(FORMANTS_HZ, vowels, step_s), _glide(_levels(), vowels, step_s))


def _sing(syllable: Syllable, vowels: NDArray[np.str_], loudness: Signal, step_s: float) -> None:
    """Writes one syllable into its span of the curves: a voiced consonant hums before its vowel opens."""
    n_consonant = round((0.075 if syllable.consonant in VOICED else 0.045) / step_s)
    vowels[:n_consonant], vowels[n_consonant:] = "m", syllable.vowel
    loudness[:] = 1.0 - 0.25 * np.linspace(0, 1, loudness.size)
    loudness[:n_consonant] = 0.45 if syllable.consonant in VOICED else 0.0
    loudness[-round(0.03 / step_s) :] = 0.0


def _levels() -> dict[str, tuple[float, ...]]:
    return {vowel: tuple(amplitude(level) for level in levels) for vowel, levels in LEVELS_DB.items()}


def _glide(table: Mapping[str, tuple[float, ...]], vowels: NDArray[np.str_], step_s: float) -> Signal:
    """The vowels' rows of the table as curves [5, K] that take some 50 ms from one to the next."""
    names, index = np.unique(vowels, return_inverse=True)
    rows = np.array([table[name] for name in names], dtype=float)
    return gaussian_filter1d(rows[index].T, 0.02 / step_s, axis=1)


def _harmonics(curves: VoiceCurves, n_samples: int, rate: int) -> Signal:
    """The voiced sound [T]: all harmonics up to 10 kHz, each with the gain of the vocal tract where it is."""
    frequency_hz = 440 * 2 ** ((curves.pitch - 69) / 12)
    fundamental = np.exp(2j * np.pi * np.cumsum(_per_sample(frequency_hz)) / rate)
    harmonic, voice = np.ones_like(fundamental), np.zeros(fundamental.size)
    for n in range(1, int(HIGHEST_HZ / frequency_hz.min())):
        harmonic *= fundamental
        gain = _vocal_tract(n * frequency_hz, curves) * curves.loudness * _fade_near_top(n * frequency_hz)
        voice += (_per_sample(gain) * harmonic).real
    return voice[:n_samples] / 6


def _per_sample(curve: Curve) -> Curve:
    """A control curve [K] with straight lines between its points, [(K - 1) STEP]."""
    between = np.arange(STEP) / STEP
    return (curve[:-1, None] + between * np.diff(curve)[:, None]).reshape(-1)


def _vocal_tract(frequency_hz: Signal, curves: VoiceCurves) -> NDArray[np.complex128]:
    """Complex gain [K] at one frequency per step."""
    half_widths = np.array(BANDWIDTHS_HZ)[:, None] / 2
    resonances = curves.levels * half_widths / (half_widths + 1j * (frequency_hz - curves.formants_hz))
    # Neighbouring resonances of opposite sign leave no notch between them (parallel synthesis; Klatt, 1980).
    signs = np.array([1, -1, 1, -1, 1])[:, None]
    return np.asarray((signs * resonances).sum(axis=0))


def _fade_near_top(frequency_hz: Signal) -> Signal:
    """1 well below the highest frequency, 0 above: a harmonic that glides past it fades instead of clicking."""
    return np.clip(10 * (1 - frequency_hz / HIGHEST_HZ), 0, 1)


def _unvoiced(consonant: str, rate: int, rng: np.random.Generator) -> Signal:
    """The noise of s, t or h, [T]."""
    low_hz, high_hz, length_s, level = UNVOICED[consonant]
    time_s = seconds(length_s, rate)
    noise = filtered(rng.standard_normal(time_s.size), "bandpass", (low_hz, high_hz), rate)
    attack_s = 0.001 if consonant == "t" else 0.25 * length_s
    envelope = np.minimum(1, time_s / attack_s) * decay(time_s, 1.6 * length_s)
    return fade_out(level * noise * envelope, 0.3 * length_s, rate)
