"""The demo song as notes: eight bars of four chords and a last one, in A minor, 96 beats a minute."""

from __future__ import annotations

from dataclasses import dataclass

BEAT_S = 60 / 96
N_BARS = 8
LENGTH_S = (4 * N_BARS + 3) * BEAT_S

CHORDS = ((57, 60, 64, 67), (53, 57, 60, 64), (55, 60, 62, 64), (55, 59, 62, 67))
"""Am7, Fmaj7, C with the ninth, G; one bar each, twice."""
LAST_CHORD = (57, 60, 64, 71)
ROOTS = (33, 29, 36, 31)


@dataclass(frozen=True)
class Note:
    """One note; `beat` and `n_beats` in quarters, `pitch` in MIDI, `velocity` 0 to 1."""

    beat: float
    n_beats: float
    pitch: int
    velocity: float = 0.8


@dataclass(frozen=True)
class Syllable:
    """One sung note: a consonant, then a vowel."""

    beat: float
    n_beats: float
    pitch: int
    consonant: str
    vowel: str


BASS_BAR = ((0.0, 0.9, 0, 1.0), (1.5, 0.4, 0, 0.7), (2.0, 0.85, 0, 0.9), (3.0, 0.4, 7, 0.7), (3.5, 0.45, 12, 0.75))
"""Beat, length, steps above the root, velocity."""

KICKS = ((0.0, 1.0), (1.5, 0.75), (2.5, 0.85))
SNARES = ((1.0, 1.0), (3.0, 0.95), (2.25, 0.16), (3.75, 0.2))
"""Beat in the bar and velocity; the two soft strokes are ghost notes."""
FILL = ((30.5, 0.7), (30.75, 0.5), (31.0, 0.9), (31.25, 0.6), (31.5, 0.85), (31.75, 0.95))
"""Beat in the song and velocity of the last bar's way into the last chord."""

MELODY = tuple(
    Syllable(*syllable)
    for syllable in (
        (3.5, 0.5, 69, "n", "o"),
        (4.0, 1.0, 72, "l", "a"),
        (5.0, 0.5, 71, "t", "e"),
        (5.5, 0.5, 69, "s", "i"),
        (6.0, 1.6, 67, "m", "a"),
        (8.5, 0.5, 64, "d", "u"),
        (9.0, 0.5, 67, "n", "o"),
        (9.5, 1.0, 72, "s", "a"),
        (10.5, 0.5, 71, "l", "e"),
        (11.0, 0.9, 67, "t", "i"),
        (12.0, 2.6, 71, "m", "o"),
        (16.0, 1.0, 76, "h", "a"),
        (17.0, 0.5, 74, "l", "e"),
        (17.5, 0.5, 72, "s", "i"),
        (18.0, 1.5, 69, "t", "a"),
        (20.0, 0.5, 72, "n", "u"),
        (20.5, 0.5, 74, "d", "e"),
        (21.0, 1.0, 72, "l", "o"),
        (22.0, 1.4, 69, "m", "a"),
        (24.0, 1.0, 67, "s", "o"),
        (25.0, 0.5, 72, "t", "e"),
        (25.5, 0.5, 74, "n", "i"),
        (26.0, 1.7, 76, "l", "a"),
        (28.0, 0.5, 74, "d", "o"),
        (28.5, 0.5, 72, "n", "e"),
        (29.0, 1.0, 71, "s", "u"),
        (30.0, 0.9, 67, "t", "i"),
        (31.0, 3.2, 69, "m", "a"),
    )
)


def bass_notes() -> list[Note]:
    """The bass line, with the last root held under the last chord."""
    notes = [
        Note(4 * bar + beat, n_beats, ROOTS[bar % 4] + step, velocity)
        for bar in range(N_BARS)
        for beat, n_beats, step, velocity in BASS_BAR
    ]
    return [*notes, Note(4 * N_BARS, 2.6, ROOTS[0], 1.0)]


def chord_of(bar: int) -> tuple[int, ...]:
    return LAST_CHORD if bar >= N_BARS else CHORDS[bar % len(CHORDS)]
