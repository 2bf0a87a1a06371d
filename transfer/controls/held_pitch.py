"""`HeldPitch`: a pitch that leaps only where it is sure, and is held through consonants and breath.

Noise repeats now and then by chance, most often after a short time: its pitches are high, come and go, and squeal.
"""

from __future__ import annotations

SURE_CONFIDENCE, NEAR_CONFIDENCE = 0.7, 0.45
"""What it takes to go anywhere, and to go on near by."""
NEAR = 2.0
"""Semitones from one hop to the next that are near by: glides and vibrato, not leaps."""


class HeldPitch:
    """Gives the note, a MIDI number, that is meant in each hop; `note` is held until the first sure one."""

    def __init__(self, note: float) -> None:
        self._note = note

    def step(self, confidence: float, note: float) -> float:
        """The note of this hop."""
        is_near = abs(note - self._note) < NEAR and confidence >= NEAR_CONFIDENCE
        if is_near or confidence >= SURE_CONFIDENCE:
            self._note = note
        return self._note
