"""A compressor with linked channels, for finding its settings and for hearing them.

Feed-forward, in the logarithmic domain: level, static curve with soft knee, then attack and release on the gain.
Levels are the rms of hops of 10 ms, so that what is fitted to a song's hops is what it will get.
Reference: Giannoulis, Massberg, Reiss: Digital dynamic range compressor design, JAES 60(6), 2012: equation 4 for the
curve; the smooth branching detector (equation 16) on the gain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from mixassist.dsp.hops import N_HOPS_PER_S, Floats


@dataclass(frozen=True)
class CompressorSettings:
    """What a compressor's knobs say; levels are dBFS of an rms over all channels."""

    threshold_db: float
    ratio: float
    attack_ms: float = 30.0
    release_ms: float = 200.0
    knee_db: float = 6.0
    make_up_db: float = 0.0


def static_gain_db(level_db: Floats, threshold_db: ArrayLike, ratio: ArrayLike, knee_db: float) -> Floats:
    """What the curve takes from each level: 0 below the knee, (1/R - 1)(level - threshold) above it."""
    over = level_db - np.asarray(threshold_db)
    slope = 1 / np.asarray(ratio) - 1
    knee = slope * np.square(np.clip(over + knee_db / 2, 0, None)) / (2 * max(knee_db, 1e-9))
    return np.where(over > knee_db / 2, slope * over, knee)


def smoothed(gain_db: Floats, attack_ms: float, release_ms: float, before: ArrayLike = 0.0) -> Floats:
    """Gains [n_hops, ...] that fall with the attack and rise with the release, following `before`."""
    attack, release = (np.exp(-1000 / (N_HOPS_PER_S * time_ms)) for time_ms in (attack_ms, release_ms))
    out = np.empty_like(gain_db)
    last = np.asarray(before, dtype=np.float64)
    for hop, wanted in enumerate(gain_db):
        last = wanted + np.where(wanted < last, attack, release) * (last - wanted)
        out[hop] = last
    return out


def compression_db(level_db: Floats, settings: CompressorSettings, before: float = 0.0) -> Floats:
    """Gain [n_hops] without make-up for the levels [n_hops] of a song."""
    wanted = static_gain_db(level_db, settings.threshold_db, settings.ratio, settings.knee_db)
    return smoothed(wanted, settings.attack_ms, settings.release_ms, before)
