"""What else tells of a room than early SI-SDR: modulation of the sound's bands, and how far the level falls.

References: T. H. Falk, C. Zheng and W.-Y. Chan, "A non-intrusive quality and intelligibility measure of reverberant and
    dereverberated speech", IEEE TASLP 18(7), 2010 (SRMR): the energy of slow modulations against that of fast ones;
    here with bands cut from a spectrum instead of gammatone filters, and without its choice of the last filter.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import scipy.signal

from benchmarks.dereverb_rooms import RATE, Floats
from separation.dereverb.decay_curves import HOP_S, DecayCurves

BANDS_HZ = np.geomspace(125, 8000, 24)
SLOW_HZ, FAST_HZ = (3.0, 20.0), (20.0, 160.0)
AFTER_S = 0.2


def modulation_ratio_db(samples: Floats) -> float:
    """Energy of modulations of 3 to 20 Hz against that of 20 to 160 Hz, of samples [C, T] at 44.1 kHz, mean over bands.

    A tail fills the gaps between sounds: slow modulations become weaker.
    """
    ratios = []
    for low, high in pairwise(BANDS_HZ):
        sections = scipy.signal.butter(2, (low, high), "band", fs=RATE, output="sos")
        band = scipy.signal.sosfilt(sections, samples.mean(axis=0))
        envelope = scipy.signal.resample_poly(np.abs(scipy.signal.hilbert(band)), 1, 100)
        hz, power = scipy.signal.welch(envelope - envelope.mean(), RATE / 100, nperseg=min(441, envelope.size))
        slow, fast = (power[(first <= hz) & (hz < last)].sum() for first, last in (SLOW_HZ, FAST_HZ))
        ratios.append(slow / max(fast, 1e-20))
    return 10 * float(np.log10(max(np.mean(ratios), 1e-10)))


def fall_db(wet: Floats, other: Floats) -> float:
    """How far `other` [C, T] has fallen 0.2 s after sounds end in `wet`, mean over three octaves; NaN if none ends."""
    curves = DecayCurves(RATE)
    curves.update(wet.astype(np.float32), other.astype(np.float32))
    after = curves.curves_db()[1][:, round(AFTER_S / HOP_S)]
    return float(-after.mean())
