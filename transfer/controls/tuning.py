"""`Autotune`: moves the middle of notes to the nearest semitone of 440 Hz, and leaves vibrato and glides their way."""

from __future__ import annotations

import numpy as np

MIDDLE_S = 0.08
"""A note's middle is the mean of about so long: half a swing of a vibrato."""
LEAP = 0.7
"""Semitones from the middle that begin a new note."""
CHANGE = 0.6
"""Semitones from a semitone beyond which the next one is meant: more than half, so that the choice does not flutter."""


class Autotune:
    """Tunes notes, MIDI numbers, one per hop; `strength` 0 leaves them alone, 1 moves them all the way."""

    def __init__(self, strength: float, hops_per_s: float) -> None:
        self._strength = strength
        self._speed = 1 - float(np.exp(-1 / (MIDDLE_S * hops_per_s)))
        self._middle = self._meant = 0.0

    def step(self, note: float) -> float:
        """The note of this hop."""
        if not self._strength:
            return note
        if abs(note - self._middle) > LEAP:
            self._middle, self._meant = note, float(round(note))
        self._middle += self._speed * (note - self._middle)
        if abs(self._middle - self._meant) > CHANGE:
            self._meant = float(round(self._middle))
        return note + self._strength * (self._meant - self._middle)
