"""Melodies to sing: a note per syllable over the chords of a song, on its beat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from separation.training_set.score import SCALES, Plan


@dataclass(frozen=True)
class SungNote:
    """A syllable's note, from `start_s` to `end_s`, at a MIDI number."""

    start_s: float
    end_s: float
    pitch: int


@dataclass(frozen=True)
class Line:
    """Where a line of a song lies: its bars, how many syllables it has, and the pitch it moves around."""

    first_bar: int
    n_bars: int
    n_syllables: int
    centre: int
    is_spoken: bool = False


def write_melody(plan: Plan, line: Line, rng: np.random.Generator) -> list[SungNote]:
    """Notes of a line: eighths and longer, sixteenths where words are spoken; long ones are notes of the chord."""
    per_step = 1 if line.is_spoken else 2
    n_units = line.n_bars * plan.n_steps // per_step
    first = int(rng.choice([0, 0, 1, 2]))
    n_rest = int(rng.integers(1, max(n_units // 4, 2)))
    lengths = _lengths(line.n_syllables, n_units - first - n_rest, line.is_spoken, rng)
    degree, notes, at = _nearest_chord_tone(plan, line.first_bar, 0, rng), [], first
    for length in lengths:
        bar = min(line.first_bar + at * per_step // plan.n_steps, plan.n_bars - 1)
        degree = int(np.clip(degree + int(rng.choice([-2, -1, -1, 0, 0, 1, 1, 2])), -4, 5))
        if length > 2:
            degree = _nearest_chord_tone(plan, bar, degree, rng)
        starts = [plan.at_s(line.first_bar, step * per_step) for step in (at, at + length)]
        notes.append(SungNote(starts[0], starts[1], pitch_of_degree(plan, degree, line.centre)))
        at += length
    return notes


def harmony(plan: Plan, notes: list[SungNote], n_degrees: int) -> list[SungNote]:
    """The notes so many degrees of the scale higher."""
    return [SungNote(note.start_s, note.end_s, _moved(plan, note.pitch, n_degrees)) for note in notes]


def pitch_of_degree(plan: Plan, degree: int, centre: int) -> int:
    """A degree of the scale, negative ones below, from the tonic nearest to a pitch."""
    return plan.pitch(0, centre) + SCALES[plan.mode][degree % 7] + 12 * (degree // 7)


def _moved(plan: Plan, pitch: int, n_degrees: int) -> int:
    scale = SCALES[plan.mode]
    octave, above = divmod(pitch - plan.key, 12)
    degree = scale.index(above) + n_degrees
    return plan.key + 12 * (octave + degree // 7) + scale[degree % 7]


def _lengths(n_syllables: int, n_units: int, is_spoken: bool, rng: np.random.Generator) -> list[int]:
    """Lengths that sum to no more than `n_units`; the last is the longest, more often than not."""
    n_notes = max(min(n_syllables, n_units), 1)
    lengths = np.ones(n_notes, int)
    left = n_units - n_notes
    if is_spoken:
        left = min(left, n_notes // 3)
    weights = rng.random(n_notes) ** 2 + 0.05
    weights[-1] += float(rng.uniform(0, 2)) * (not is_spoken)
    for place in rng.choice(n_notes, max(left, 0), p=weights / weights.sum()):
        lengths[place] += 1
    return [int(length) for length in np.minimum(lengths, 12)]


def _nearest_chord_tone(plan: Plan, bar: int, degree: int, rng: np.random.Generator) -> int:
    root = plan.chords[min(bar, plan.n_bars - 1)]
    tones = [root % 7 + third + 7 * octave for third in (0, 2, 4) for octave in (-2, -1, 0, 1)]
    nearest = sorted(tones, key=lambda tone: abs(tone - degree))
    return nearest[int(rng.integers(2))]
