"""Bands of a parametric equaliser: what they do to each frequency, by the formulas that equalisers share.

R. Bristow-Johnson, Audio EQ Cookbook (2005, a W3C note since 2021): bilinear biquads. The shelves and bells of
pedalboard and of most workstations are these. Where a shelf has a slope, this Q gives it: 0.707 is the steepest
without a bump.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.signal

from mixassist.dsp.hops import Floats

BandKind = Literal["bell", "low_shelf", "high_shelf", "high_pass"]


@dataclass(frozen=True)
class EqBand:
    """A bell or a shelf at `hz`, or a high-pass of 12 dB per octave, whose gain says nothing."""

    kind: BandKind
    hz: float
    gain_db: float
    q: float


def biquad(band: EqBand, rate: int) -> Floats:
    """The section [6] of a band: b0 b1 b2 1 a1 a2."""
    amplitude = 10 ** (band.gain_db / 40)
    omega = 2 * np.pi * min(band.hz, 0.49 * rate) / rate
    alpha, cosine = np.sin(omega) / (2 * band.q), np.cos(omega)
    if band.kind == "bell":
        b = np.array([1 + alpha * amplitude, -2 * cosine, 1 - alpha * amplitude])
        a = np.array([1 + alpha / amplitude, -2 * cosine, 1 - alpha / amplitude])
    elif band.kind == "high_pass":
        b = (1 + cosine) / 2 * np.array([1.0, -2.0, 1.0])
        a = np.array([1 + alpha, -2 * cosine, 1 - alpha])
    else:
        b, a = _shelf(amplitude, alpha, cosine if band.kind == "low_shelf" else -cosine)
        if band.kind == "high_shelf":  # a low shelf with z turned to -z
            b, a = b * [1, -1, 1], a * [1, -1, 1]
    return np.concatenate([b, a]) / a[0]


def _shelf(amplitude: float, alpha: float, cosine: float) -> tuple[Floats, Floats]:
    less, more, root = amplitude - 1, amplitude + 1, 2 * np.sqrt(amplitude) * alpha
    b = amplitude * np.array([more - less * cosine + root, 2 * (less - more * cosine), more - less * cosine - root])
    a = np.array([more + less * cosine + root, -2 * (less + more * cosine), more + less * cosine - root])
    return b, a


def response_db(bands: Iterable[EqBand], hz: Floats, rate: int) -> Floats:
    """Gain of all bands together at frequencies [F]."""
    total = np.zeros(len(hz))
    for band in bands:
        section = biquad(band, rate)
        _, response = scipy.signal.freqz(section[:3], section[3:], worN=hz, fs=rate)
        total += 20 * np.log10(np.abs(response))
    return total
