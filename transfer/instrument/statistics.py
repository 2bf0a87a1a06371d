"""What an instrument learned from in numbers, which its model keeps so that what is played can be brought there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from transfer.controls.statistics import QUANTILES, ControlStatistics, note_of
from transfer.instrument.material import Material, Take

SOUNDING_WEIGHT = 0.5
"""Frames of notes, not of what lies between them."""


def material_statistics(material: Material) -> ControlStatistics:
    """Quantiles of notes and of loudness where the instrument sounds."""
    sounding = [_sounding(take) for take in material.takes()]
    f0_hz, loudness_db = np.concatenate(sounding, axis=1).astype(np.float64)
    return ControlStatistics(QUANTILES, np.quantile(note_of(f0_hz), QUANTILES), np.quantile(loudness_db, QUANTILES))


def _sounding(take: Take) -> NDArray[np.float32]:
    """Pitch and loudness [2, K] of the frames of notes."""
    return np.stack([take.f0_hz, take.loudness_db])[:, take.weights > SOUNDING_WEIGHT]
