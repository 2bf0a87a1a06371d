"""What an instrument learned from in numbers, which its model keeps so that what is played can be brought there."""

from __future__ import annotations

import numpy as np

from transfer.controls.statistics import QUANTILES, ControlStatistics, note_of
from transfer.instrument.material import Material

SOUNDING_WEIGHT = 0.5
"""Frames of notes, not of what lies between them."""


def material_statistics(material: Material) -> ControlStatistics:
    """Quantiles of notes and of loudness where the instrument sounds."""
    sounding = [take.weights > SOUNDING_WEIGHT for take in material.takes]
    pairs = list(zip(material.takes, sounding, strict=True))
    f0_hz = np.concatenate([take.f0_hz[where] for take, where in pairs]).astype(np.float64)
    loudness_db = np.concatenate([take.loudness_db[where] for take, where in pairs]).astype(np.float64)
    return ControlStatistics(QUANTILES, np.quantile(note_of(f0_hz), QUANTILES), np.quantile(loudness_db, QUANTILES))
