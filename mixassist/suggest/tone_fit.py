"""Few bands of a parametric equaliser that bring one curve to another, so that each number can be read and turned.

Bands are added one by one, each where it helps most, and all are refined together by least squares; a band that hardly
helps is not worth a knob.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.optimize

from mixassist.dsp.hops import Floats
from mixassist.dsp.parametric import BandKind, EqBand, response_db

MAX_GAIN_DB = 9.0
Q_RANGE = {"bell": (0.4, 4.0), "low_shelf": (0.3, 0.9), "high_shelf": (0.3, 0.9)}
STARTS: tuple[EqBand, ...] = (
    *(EqBand("low_shelf", hz, 1.0, q) for hz in (80.0, 160.0, 400.0) for q in (0.4, 0.707)),
    *(EqBand("high_shelf", hz, 1.0, q) for hz in (1600.0, 4000.0, 8000.0) for q in (0.4, 0.707)),
    *(EqBand("bell", 50 * 2 ** (step / 2), 1.0, q) for step in range(17) for q in (0.6, 1.2, 2.5)),
)
MIN_GAIN_OF_FIT = 0.12
"""A band must take away this share of the error left, or `MIN_RMS_DB` of it."""
MIN_RMS_DB = 0.12
GAIN_PRICE = 0.02


@dataclass(frozen=True)
class FitLimits:
    """How many bands, how narrow bells, and how far each is turned at least and at most."""

    n_bands: int = 5
    max_q: float = Q_RANGE["bell"][1]
    min_gain_db: float = 0.2
    max_gain_db: float = MAX_GAIN_DB


@dataclass(frozen=True, eq=False)
class Curve:
    """Decibels [F] wanted at `hz` [F], errors weighed by `weight` [F]."""

    wanted_db: Floats
    weight: Floats
    hz: Floats
    rate: int

    def without(self, bands: Sequence[EqBand]) -> Floats:
        """What these bands leave to be wanted, its mean left out, which is the level's affair."""
        left = self.wanted_db - response_db(bands, self.hz, self.rate)
        return np.asarray(left - np.average(left, weights=self.weight))

    def rms_db(self, bands: Sequence[EqBand] = ()) -> float:
        """The weighted rms of what these bands leave."""
        return float(np.sqrt(np.average(np.square(self.without(bands)), weights=self.weight)))


def fit_bands(curve: Curve, limits: FitLimits = FitLimits()) -> tuple[EqBand, ...]:
    """Bands whose response is nearest to the curve but for a gain, by frequency."""
    bands: tuple[EqBand, ...] = ()
    left = curve.rms_db()
    while len(bands) < limits.n_bands and left > MIN_RMS_DB:
        more = _refined((*bands, _best_start(curve, bands, limits)), curve, limits)
        error = curve.rms_db(more)
        if error > left - max(MIN_GAIN_OF_FIT * left, MIN_RMS_DB / 2):
            break
        bands, left = more, error
    turned = (band for band in bands if abs(band.gain_db) >= limits.min_gain_db)
    return tuple(sorted(turned, key=lambda band: band.hz))


def _best_start(curve: Curve, bands: Sequence[EqBand], limits: FitLimits) -> EqBand:
    """The start that, with its best gain, leaves least; a band's dB grow nearly in proportion to its gain's."""
    p = curve.weight / curve.weight.sum()
    wanted = curve.without(bands)
    best, least = STARTS[0], np.inf
    for start in STARTS:
        shape = response_db([start], curve.hz, curve.rate)
        shape = shape - p @ shape
        gain_db = (p * shape) @ wanted / max((p * shape) @ shape, 1e-9)
        gain_db = float(np.clip(gain_db, -limits.max_gain_db, limits.max_gain_db))
        error = p @ np.square(wanted - gain_db * shape)
        if error < least and start.q <= limits.max_q:
            best, least = replace(start, gain_db=gain_db), error
    return best


def _refined(bands: tuple[EqBand, ...], curve: Curve, limits: FitLimits) -> tuple[EqBand, ...]:
    root = np.sqrt(curve.weight / curve.weight.sum())
    kinds = [band.kind for band in bands]

    def error(x: Floats) -> Floats:
        # A trace of what the gains are worth keeps neighbours from pulling against each other.
        return np.concatenate([root * curve.without(_bands(x, kinds)), GAIN_PRICE * x.reshape(-1, 3)[:, 1]])

    top_hz, most_db = min(16000, 0.4 * curve.rate), limits.max_gain_db
    start = np.array([[np.log2(band.hz), band.gain_db, np.log2(band.q)] for band in bands])
    low = np.array([[np.log2(30), -most_db, np.log2(Q_RANGE[kind][0])] for kind in kinds])
    high = np.array([[np.log2(top_hz), most_db, np.log2(min(Q_RANGE[kind][1], limits.max_q))] for kind in kinds])
    inside = np.clip(start, low + 1e-3, high - 1e-3)
    found = scipy.optimize.least_squares(error, inside.ravel(), bounds=(low.ravel(), high.ravel()), max_nfev=60)
    return _bands(found.x, kinds)


def _bands(x: Floats, kinds: Sequence[BandKind]) -> tuple[EqBand, ...]:
    return tuple(
        EqBand(kind, float(2**log_hz), float(gain_db), float(2**log_q))
        for kind, (log_hz, gain_db, log_q) in zip(kinds, x.reshape(-1, 3), strict=True)
    )
