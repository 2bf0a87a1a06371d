"""`NoteMask`: where a note sounds, hop by hop, opened at once and closed softly; what is no note is turned down.

The loud breath and consonants of a phrase belong to how it is played, so they lose half a decibel for each that they
lie below its loud notes; what lies below all notes, hiss and the room, is gone.
"""

from __future__ import annotations

import numpy as np

OPEN_CONFIDENCE, HOLD_CONFIDENCE = 0.7, 0.45
"""Where a note begins, and as long as it lasts."""
OPEN_RANGE_DB, HOLD_RANGE_DB = 35.0, 45.0
"""How far a note may lie below the loud ones, where it begins and as long as it lasts."""
QUIET_DB = -75.0
"""Below, nothing is a note."""
RISE_S, FALL_S = 0.004, 0.03
FALL, STEEP_FALL = 0.5, 4.0
"""Decibels that are taken from what is no note, for each below the loud ones, and for each below all notes."""
MASKED_DB = 60.0
"""So much is taken at most, and always as long as no loud note is known."""


class NoteMask:
    """Tells notes from what lies between them.

    Attributes:
        top_db: loudness of the loud notes, None as long as that is not known; may change at any time.
    """

    def __init__(self, hops_per_s: float, top_db: float | None = None) -> None:
        self.top_db = top_db
        self._rise, self._fall = (1 - float(np.exp(-1 / (seconds * hops_per_s))) for seconds in (RISE_S, FALL_S))
        self._is_note = False
        self._open_share = 0.0

    def step(self, confidence: float, loudness_db: float) -> tuple[bool, float]:
        """Whether a note sounds in this hop, and by how many decibels it is to be turned down."""
        least = HOLD_CONFIDENCE if self._is_note else OPEN_CONFIDENCE
        range_db = HOLD_RANGE_DB if self._is_note else OPEN_RANGE_DB
        below_db = 0.0 if self.top_db is None else self.top_db - loudness_db
        self._is_note = confidence >= least and loudness_db >= QUIET_DB and below_db <= range_db
        speed = self._rise if self._is_note else self._fall
        self._open_share += speed * (float(self._is_note) - self._open_share)
        return self._is_note, (1 - self._open_share) * self._masked_db(below_db)

    def _masked_db(self, below_db: float) -> float:
        if self.top_db is None:
            return MASKED_DB
        return min(FALL * max(below_db, 0.0) + STEEP_FALL * max(below_db - HOLD_RANGE_DB, 0.0), MASKED_DB)
