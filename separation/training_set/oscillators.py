"""A synthesizer of our own: notes of a part in, a stereo track out.

Conventions:
    Tracks are [C=2, T] float32 at 44100 Hz. An oscillator reads from tables of one period, filtered at `N_FILTERS`
    cut-offs and free of aliases; the filter moves by fading between neighbours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from separation.songs import RATE
from separation.training_set.patches import Patch
from separation.training_set.score import Note, Part

Floats = NDArray[np.float32]
Phases = NDArray[np.uint32]

TABLE_BITS = 12
N_TABLE = 2**TABLE_BITS
N_FILTERS = 28
OCTAVES = np.linspace(-1, 9, N_FILTERS)
"""Cut-offs of the tables above the note's fundamental."""
HIGHEST_HZ = 19_000.0
LONGEST_S = 12.0


def play_synth(part: Part, patch: Patch, n_samples: int, rng: np.random.Generator) -> Floats:
    """The part's track; a note that comes again at the same length sounds the same again, as from a sampler."""
    track = np.zeros((2, n_samples), np.float32)
    known: dict[tuple[int, int, int], Floats] = {}
    before = part.notes[0].pitch if part.notes else 0
    for note in sorted(part.notes, key=lambda each: each.start_s):
        first = int(note.start_s * RATE)
        if first >= n_samples:
            continue
        rounded = replace(note, length_s=min(max(round(note.length_s * 50) / 50, 0.04), LONGEST_S))
        key = (note.pitch, before if patch.glide_s else 0, round(rounded.length_s * 50))
        if key not in known:
            known[key] = sound(rounded, patch, before, rng)
        sounding = known[key][:, : n_samples - first]
        track[:, first : first + sounding.shape[1]] += sounding * np.float32((note.velocity / 127) ** 1.5)
        before = note.pitch
    return track


def sound(note: Note, patch: Patch, before: int, rng: np.random.Generator) -> Floats:
    """One note [2, T], of full velocity, its voices spread from left to right."""
    n_samples = int((note.length_s + patch.release_s) * RATE)
    time_s: Floats = (np.arange(n_samples) / RATE).astype(np.float32)
    note_hz = 440 * 2 ** ((note.pitch - 69) / 12)
    hz = note_hz * 2 ** (_bend(patch, time_s, before - note.pitch, rng) / 12)
    read = _modulated(patch, time_s) if patch.modulation else _filtered(patch, time_s, note_hz)
    played = np.zeros((2, n_samples), np.float32)
    for place in np.linspace(-1, 1, patch.n_voices) if patch.n_voices > 1 else [0.0]:
        wave = read(_phase(hz * 2 ** (place * patch.detune_semitones / 24), float(rng.random())))
        for side, share in enumerate((1 - 0.7 * place, 1 + 0.7 * place)):
            played[side] += np.float32(share) * wave
    if patch.noise:
        played += np.float32(patch.noise * patch.n_voices) * rng.standard_normal((2, n_samples), np.float32)
    return _driven(played / np.float32(np.sqrt(patch.n_voices)) * _envelope(patch, time_s, note.length_s), patch)


def _bend(patch: Patch, time_s: Floats, from_semitones: int, rng: np.random.Generator) -> Floats:
    """Semitones above the note: from where it starts, and trembling."""
    bend = patch.drop_semitones * np.exp(-time_s / patch.drop_s)
    if patch.glide_s and from_semitones:
        bend = bend + from_semitones * np.exp(-4 * time_s / patch.glide_s)
    if patch.vibrato_semitones:
        depth = patch.vibrato_semitones * np.clip((time_s - 0.15) / 0.2, 0, 1)
        bend = bend + depth * np.sin(2 * np.pi * float(rng.uniform(4.8, 6.2)) * time_s)
    return np.asarray(bend, np.float32)


def _phase(hz: Floats, start: float) -> Phases:
    """Phase of an oscillator; a period is 2^32, so that it wraps by itself."""
    return np.cumsum((hz * (2**32 / RATE)).astype(np.uint32), dtype=np.uint32) + np.uint32(start * 2**32)


def _modulated(patch: Patch, time_s: Floats) -> Callable[[Phases], Floats]:
    index = patch.modulation * np.exp(-time_s / patch.sweep_s)

    def read(phase: Phases) -> Floats:
        angle = phase.astype(np.float64) * (2 * np.pi / 2**32)
        ratio = patch.modulator_ratio
        # A ratio that is no whole number needs an angle that does not wrap.
        wrapped = np.unwrap(angle) if ratio % 1 else angle
        return np.sin(angle + index * np.sin(ratio * wrapped)).astype(np.float32)

    return read


def _filtered(patch: Patch, time_s: Floats, note_hz: float) -> Callable[[Phases], Floats]:
    tables = _tables(patch, note_hz).ravel()
    row = _filter_row(patch, time_s)
    low = row.astype(np.int32)
    share, first = row - low, low * N_TABLE
    is_still = patch.sweep_octaves == 0 and patch.wobble_octaves == 0

    def read(phase: Phases) -> Floats:
        at = (phase >> np.uint32(32 - TABLE_BITS)).astype(np.int32) + first
        near = tables[at]
        wave: Floats = near if is_still else near + share * (tables[at + N_TABLE] - near)
        return wave

    return read


def _tables(patch: Patch, note_hz: float) -> Floats:
    """One period [F, N] through a low-pass of 24 dB per octave with a peak, at each cut-off."""
    n = np.arange(1, min(patch.harmonics.size, N_TABLE // 2, int(HIGHEST_HZ / note_hz)) + 1)
    ratio = n[None, :] / 2 ** OCTAVES[:, None]
    gain = 1 / np.sqrt((1 - ratio**2) ** 2 + (ratio / patch.resonance) ** 2) / np.sqrt(1 + ratio**4)
    spectrum = np.zeros((N_FILTERS, N_TABLE // 2 + 1), np.complex64)
    spectrum[:, 1 : n.size + 1] = -0.5j * N_TABLE * patch.harmonics[: n.size] * gain
    tables: Floats = scipy.fft.irfft(spectrum, N_TABLE, axis=1).astype(np.float32)
    return tables


def _filter_row(patch: Patch, time_s: Floats) -> Floats:
    octaves = patch.cut_off_octaves + patch.sweep_octaves * np.exp(-time_s / patch.sweep_s)
    if patch.wobble_hz:
        octaves = octaves + patch.wobble_octaves * np.sin(2 * np.pi * patch.wobble_hz * time_s)
    place = (octaves - OCTAVES[0]) / (OCTAVES[1] - OCTAVES[0])
    return np.clip(place, 0, N_FILTERS - 1.001).astype(np.float32)


def _envelope(patch: Patch, time_s: Floats, length_s: float) -> Floats:
    """Linear attack, exponential decay to the sustain, exponential release after `length_s`."""
    rise = np.clip(time_s / patch.attack_s, 0, 1)
    fall = patch.sustain + (1 - patch.sustain) * np.exp(-np.maximum(time_s - patch.attack_s, 0) / patch.decay_s)
    late = np.maximum(time_s - length_s, 0)
    end = np.clip((length_s + patch.release_s - time_s) / 0.003, 0, 1)
    shape: Floats = (rise * fall * np.exp(-4 * late / patch.release_s) * end).astype(np.float32)
    return shape


def _driven(played: Floats, patch: Patch) -> Floats:
    if not patch.drive_db:
        return played
    loud = max(float(np.abs(played).max()), 1e-6)
    drive = np.float32(10 ** (patch.drive_db / 20))
    return (np.tanh(played / loud * drive) * np.float32(loud) / np.tanh(drive)).astype(np.float32)
