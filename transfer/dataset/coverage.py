"""How a data set covers pitch and loudness: seconds in each semitone and each 3 dB, and what is missing between.

Conventions:
    Notes are MIDI numbers, 69 = 440 Hz; a cell holds what is nearest to its note. Loudness is A-weighted, in dB below
    a full-scale square; only what has a clear pitch counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mixassist.dsp.hops import Floats
from transfer.dataset.measuring import CONTROL_HOP, Measured
from transfer.dataset.pieces import RATE

STEP_DB = 3.0
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MIN_NOTE_S = 1.0
"""A note of which there is less counts as missing."""
NOTE_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


@dataclass(frozen=True, eq=False)
class Coverage:
    """Seconds [notes, levels] in cells from `lowest_note` and `lowest_db` upwards; and quantiles of both."""

    seconds: Floats
    lowest_note: int
    lowest_db: float
    note_quantiles: Floats
    loudness_quantiles_db: Floats

    @property
    def missing(self) -> tuple[int, ...]:
        """Notes between the lowest and the highest of which there is hardly any."""
        well = np.flatnonzero(self.seconds.sum(axis=1) >= MIN_NOTE_S)
        if well.size == 0:
            return ()
        return tuple(int(note) + self.lowest_note for note in range(well[0], well[-1]) if note not in well)

    def to_dict(self) -> dict[str, Any]:
        by_note = self.seconds.sum(axis=1)
        return {
            "seconds_by_note": {str(self.lowest_note + k): round(float(s), 2) for k, s in enumerate(by_note) if s},
            "missing_notes": [note_name(note) for note in self.missing],
            "quantiles": list(QUANTILES),
            "notes_at_quantiles": self.note_quantiles.round(2).tolist(),
            "loudness_db_at_quantiles": self.loudness_quantiles_db.round(2).tolist(),
        }


def cover(segments: Sequence[Measured]) -> Coverage | None:
    """The coverage by segments; None where nothing has a pitch."""
    notes = np.concatenate([np.zeros(0), *(segment.notes for segment in segments)])
    loudness_db = np.concatenate([np.zeros(0), *(segment.loudness_db for segment in segments)])
    if notes.size == 0:
        return None
    rows = np.round(notes).astype(int)
    columns = np.floor(loudness_db / STEP_DB).astype(int)
    seconds = np.zeros((int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1))
    np.add.at(seconds, (rows - rows.min(), columns - columns.min()), CONTROL_HOP / RATE)
    return Coverage(
        seconds=seconds,
        lowest_note=int(rows.min()),
        lowest_db=STEP_DB * float(columns.min()),
        note_quantiles=np.quantile(notes, QUANTILES),
        loudness_quantiles_db=np.quantile(loudness_db, QUANTILES),
    )


def note_name(note: int) -> str:
    """A4 for 69."""
    return f"{NOTE_NAMES[note % 12]}{note // 12 - 1}"
