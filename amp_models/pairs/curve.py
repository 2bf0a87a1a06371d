"""The amplifier's curve without memory: what it makes, on average, of each value of the DI.

A DI bent by this curve resembles a distorted take far more than the DI itself does, so phases can be read where the DI
has nothing but harmonics' seeds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Signal = NDArray[np.float64]

N_LEVELS = 201
N_FEWEST = 20
"""Samples that a level needs to be believed."""
OVERSAMPLING = 4


@dataclass(frozen=True)
class Curve:
    """Straight lines between points: output `heights` [n] at input `levels` [n]."""

    levels: Signal
    heights: Signal

    def bend(self, di: Signal) -> Signal:
        """The DI [T] through the curve, computed at four times the rate so that harmonics do not fold back."""
        wide = np.asarray(signal.resample_poly(di, OVERSAMPLING, 1))
        bent = np.interp(wide, self.levels, self.heights)
        return np.asarray(signal.resample_poly(bent, 1, OVERSAMPLING))


def fit_curve(di: Signal, reamped: Signal) -> Curve | None:
    """Mean of `reamped` [T] for each level of `di` [T], levels being denser towards zero; None if too few are met."""
    spread = np.linspace(-1, 1, N_LEVELS + 1)
    edges = np.sign(spread) * np.abs(spread) ** 3 * max(float(np.abs(di).max()), 1e-12)
    bins = np.clip(np.searchsorted(edges, di) - 1, 0, N_LEVELS - 1)
    counts = np.bincount(bins, minlength=N_LEVELS)
    is_met = counts >= N_FEWEST
    if np.count_nonzero(is_met) < N_LEVELS // 4:
        return None
    levels, heights = (np.bincount(bins, values, N_LEVELS)[is_met] / counts[is_met] for values in (di, reamped))
    return Curve(levels, heights)
