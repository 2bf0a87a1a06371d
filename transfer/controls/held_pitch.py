"""`HeldPitch`: a pitch that leaps only where it is sure, and is held through consonants and breath.

Noise repeats now and then by chance, most often after a short time: its pitches are high, come and go, and squeal.
"""

from __future__ import annotations

NEEDED = ((2.0, 0.45), (12.0, 0.7), (float("inf"), 0.85))
"""Confidence that it takes to go less far than so many semitones: glides and vibrato, leaps, and more than an octave,
where the first resonances of a dying voice lie."""


class HeldPitch:
    """Gives the note, a MIDI number, that is meant in each hop; `note` is held until the first sure one."""

    def __init__(self, note: float) -> None:
        self._note = note

    def step(self, confidence: float, note: float) -> float:
        """The note of this hop."""
        way = abs(note - self._note)
        if confidence >= next(needed for reach, needed in NEEDED if way < reach):
            self._note = note
        return self._note
