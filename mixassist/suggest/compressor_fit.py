"""Threshold, ratio and times that make the levels of a song spread like a target's, found by trying them on its hops.

Every trial runs the compressor that will be heard on the song's levels of 10 ms, many settings at a time.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from mixassist.dsp.compressor import CompressorSettings, compression_db, smoothed, static_gain_db
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats
from mixassist.suggest.master_profile import level_quantiles

RATIOS = (1.15, 1.3, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0)
THRESHOLD_QUANTILES = (0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95)
TIMES_MS = ((15.0, 100.0), (30.0, 100.0), (30.0, 250.0), (60.0, 400.0))
"""Attack and release; slower than what limiters do, quicker than what faders do."""
KNEE_DB = 6.0
LOUD_DB = 30.0
"""Thresholds are sought among levels that are at most so far below the loudest."""
MAX_HOPS = 12000
"""Two minutes, from the middle of the song, are enough to choose by."""


@dataclass(frozen=True)
class CompressorFit:
    """Settings, and the rms distance of quantiles to the target's before and after."""

    settings: CompressorSettings
    before_db: float
    after_db: float


def distance_db(levels_db: Floats, target_db: Floats) -> Floats:
    """The rms difference between quantiles of levels [40, ...]."""
    target = target_db.reshape(-1, *[1] * (levels_db.ndim - 1))
    return np.asarray(np.sqrt(np.mean(np.square(levels_db - target), axis=0)))


def fit_compressor(hop_power: Floats, target_db: Floats) -> CompressorFit:
    """The compressor after which the song's levels spread most like `target_db` [40]; with make-up for its mean."""
    part = _middle(hop_power)
    level_db = power_to_db(part)
    loud = level_db[level_db > level_db.max() - LOUD_DB]
    pairs = list(itertools.product(np.quantile(loud, THRESHOLD_QUANTILES), RATIOS))
    thresholds, ratios = np.array(pairs).T
    wanted = static_gain_db(level_db[:, None], thresholds, ratios, KNEE_DB)
    trials = []
    for attack_ms, release_ms in TIMES_MS:
        gain_db = smoothed(wanted, attack_ms, release_ms)
        errors = distance_db(level_quantiles(part[:, None] * 10 ** (gain_db / 10)), target_db)
        best = int(np.argmin(errors))
        trials.append((float(errors[best]), *pairs[best], attack_ms, release_ms))
    error, threshold_db, ratio, attack_ms, release_ms = min(trials)
    settings = CompressorSettings(float(threshold_db), float(ratio), attack_ms, release_ms, KNEE_DB)
    before = float(distance_db(level_quantiles(part), target_db))
    return CompressorFit(with_make_up(settings, hop_power), before, error)


def with_make_up(settings: CompressorSettings, hop_power: Floats) -> CompressorSettings:
    """The settings with the gain that gives back the power the compressor takes."""
    gain_db = compression_db(power_to_db(hop_power), CompressorSettings(**vars(settings) | {"make_up_db": 0.0}))
    kept = (hop_power * 10 ** (gain_db / 10)).sum() / max(hop_power.sum(), 1e-30)
    return CompressorSettings(**vars(settings) | {"make_up_db": float(-power_to_db(kept))})


def _middle(hop_power: Floats) -> Floats:
    first = max(len(hop_power) - MAX_HOPS, 0) // 2
    return hop_power[first : first + MAX_HOPS]
