"""`NoteMask`: where a note sounds, hop by hop, opened at once and closed softly."""

from __future__ import annotations

import numpy as np

OPEN_CONFIDENCE, HOLD_CONFIDENCE = 0.7, 0.45
"""Where a note begins, and as long as it lasts."""
OPEN_RANGE_DB, HOLD_RANGE_DB = 35.0, 45.0
"""How far a note may lie below the loud ones, where it begins and as long as it lasts."""
QUIET_DB = -75.0
"""Below, nothing is a note."""
RISE_S, FALL_S = 0.004, 0.03


class NoteMask:
    """Tells notes from what lies between them.

    Attributes:
        top_db: loudness of the loud notes, as soon as that is known; may change at any time.
    """

    def __init__(self, hops_per_s: float, top_db: float = QUIET_DB) -> None:
        self.top_db = top_db
        self._rise, self._fall = (1 - float(np.exp(-1 / (seconds * hops_per_s))) for seconds in (RISE_S, FALL_S))
        self._is_note = False
        self._open_share = 0.0

    def step(self, confidence: float, loudness_db: float) -> tuple[bool, float]:
        """Whether a note sounds in this hop, and how far the mask is open, 0 to 1."""
        least = HOLD_CONFIDENCE if self._is_note else OPEN_CONFIDENCE
        below_db = HOLD_RANGE_DB if self._is_note else OPEN_RANGE_DB
        self._is_note = confidence >= least and loudness_db >= max(self.top_db - below_db, QUIET_DB)
        speed = self._rise if self._is_note else self._fall
        self._open_share += speed * (float(self._is_note) - self._open_share)
        return self._is_note, self._open_share
