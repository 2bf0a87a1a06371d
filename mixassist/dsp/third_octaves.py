"""Third octaves and octaves: the power of a long-term spectrum in the bands that ears and engineers think in.

Bands of IEC 61260-1, base ten: centres at 1000 · 10^(k/10) Hz, edges half a band away. A bin that an edge cuts gives
each side its share.
"""

from __future__ import annotations

import numpy as np

from mixassist.dsp.hops import Floats

LOWEST, HIGHEST = -17, 13
"""20 Hz to 20 kHz."""

NOMINAL_HZ = (
    *(20.0, 25.0, 31.5, 40.0, 50.0, 63.0, 80.0, 100.0, 125.0, 160.0, 200.0, 250.0, 315.0, 400.0, 500.0, 630.0),
    *(800.0, 1000.0, 1250.0, 1600.0, 2000.0, 2500.0, 3150.0, 4000.0, 5000.0, 6300.0, 8000.0, 10000.0, 12500.0),
    *(16000.0, 20000.0),
)
"""What the bands are called."""

OCTAVES = tuple((NOMINAL_HZ[middle], slice(middle - 1, middle + 2)) for middle in range(2, len(NOMINAL_HZ), 3))
"""Ten octaves from 31.5 Hz to 16 kHz, as nominal centre and slice of third octaves."""


def third_octave_edges() -> Floats:
    """Edges [32] of the 31 bands in Hz."""
    return np.asarray(1000 * 10 ** ((np.arange(LOWEST, HIGHEST + 2) - 0.5) / 10))


def third_octave_powers(powers: Floats, bin_hz: float) -> Floats:
    """Power [..., 31] in each third octave of the power [..., F] in bins `bin_hz` apart; 0 above the last bin."""
    cumulative = np.concatenate([np.zeros((*powers.shape[:-1], 1)), np.cumsum(powers, axis=-1)], axis=-1)
    # Bin i reaches from i - 1/2 to i + 1/2: up to an edge lie all bins below and a share of the one it cuts.
    position = np.clip(third_octave_edges() / bin_hz + 0.5, 0, powers.shape[-1])
    below = np.minimum(position.astype(int), powers.shape[-1] - 1)
    up_to_edge = cumulative[..., below] + (position - below) * powers[..., below]
    return np.diff(up_to_edge, axis=-1)
