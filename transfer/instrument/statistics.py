"""What an instrument was learned from in numbers, which a model keeps so that what is played can be brought there."""

from __future__ import annotations

from typing import Any

import numpy as np

from transfer.instrument.material import Material

QUANTILES = tuple(np.linspace(0, 1, 21).tolist())
SOUNDING_WEIGHT = 0.5
"""Frames of notes, not of what lies between them."""


def told_statistics(material: Material) -> dict[str, Any]:
    """Quantiles 0, 0.05 ... 1 of notes (MIDI numbers) and of loudness (dB) where the instrument sounds."""
    sounding = [take.weights > SOUNDING_WEIGHT for take in material.takes]
    f0_hz = np.concatenate([take.f0_hz[where] for take, where in zip(material.takes, sounding, strict=True)])
    loudness_db = np.concatenate(
        [take.loudness_db[where] for take, where in zip(material.takes, sounding, strict=True)]
    )
    notes = 69 + 12 * np.log2(f0_hz / 440)
    return {
        "quantiles": list(QUANTILES),
        "notes": np.round(np.quantile(notes, QUANTILES), 2).tolist(),
        "loudness_db": np.round(np.quantile(loudness_db, QUANTILES), 2).tolist(),
    }
