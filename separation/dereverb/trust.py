"""Whether what is foretold is a room: how far a tail may be believed.

Task: a factor 0..1 for the filters of a moment, alike for all frequencies.

Derivation. A room answers at all frequencies: its filter has much the same size in each bin. An instrument that rings
foretells itself where it has partials, and nowhere else: between them its filters are small. So the lower quartile of
the filters' sizes over bins tells a room from a dry sound. `DRY_SIZE` lies at the upper end of what dry voice,
saxophone, guitar and drums gave, `WET_SIZE` in the middle of what they gave in a room of 0.6 s as loud as themselves.
`python -m benchmarks --only dereverb-dry` tells what that is worth with sounds not used for it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from separation.dereverb.wpe import Complexes

Floats = NDArray[np.float32]

DRY_SIZE = 0.003
WET_SIZE = 0.0065
BAND_HZ = (40.0, 5000.0)
"""Where most sounds have something to foretell from."""

LEAST_LEVEL = 1e-5
"""Bins 50 dB below the loudest one hold no more than noise, which foretells nothing in any room."""


def filter_sizes(filters: Complexes) -> Floats:
    """How large the filters [F, LC, C] are, bin by bin [F]."""
    return np.asarray(np.sum(filters.real**2 + filters.imag**2, axis=(1, 2)) / filters.shape[2] ** 2)


def trust_in(sizes: Floats, loudest: Floats, hz_per_bin: float) -> float:
    """0 where the filters' sizes [F] say that the sound is dry, 1 where they say that it is in a room, or between.

    Args:
        sizes: of the filters of all bins.
        loudest: greatest power of each bin so far, [F].
        hz_per_bin: distance of two bins.
    """
    frequency_hz = hz_per_bin * np.arange(len(sizes))
    is_heard = (BAND_HZ[0] <= frequency_hz) & (frequency_hz <= BAND_HZ[1]) & (loudest > LEAST_LEVEL * loudest.max())
    if not is_heard.any():
        return 0.0
    return float(np.clip((np.quantile(sizes[is_heard], 0.25) - DRY_SIZE) / (WET_SIZE - DRY_SIZE), 0, 1))
