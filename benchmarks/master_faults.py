"""Known faults of masters, each on one axis and of any size, and how far a song is from what it was."""

from __future__ import annotations

import numpy as np
import scipy.signal

from mixassist.audio.buffer import Samples
from mixassist.dsp.compressor import CompressorSettings, compression_db
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.parametric import EqBand, biquad
from mixassist.suggest.compressor_fit import distance_db
from mixassist.suggest.master_profile import BANDS_HZ, MasterProfile, measure_profile

AXES = ("tone", "width", "level", "dynamics")
FAULT_AXES = {"eq": "tone", "tilt": "tone", "width": "width", "level": "level", "dynamics": "dynamics", "none": ""}
JUDGED = (BANDS_HZ >= 60) & (BANDS_HZ <= 12500)
HEARD_DB = 55.0
EXPANSION_RATIO = 4.0
MONO_DB = -30.0
"""Sides below that count as that: how far mono is from mono, nobody hears."""


def faulty(samples: Samples, rate: int, fault: str, seed: int, size: float = 1.0) -> Samples:
    """The song [C, T] with one fault, `size` times as many dB as usual; `none` is the song itself."""
    rng = np.random.default_rng(seed)
    if fault == "eq":
        signs = rng.choice([-1.0, 1.0], 2)
        places = (rng.uniform(80, 400), rng.uniform(1500, 7000))
        gains_db = [size * sign * rng.uniform(4, 7) for sign in signs]
        return _filtered(samples, [EqBand("bell", hz, g, 0.9) for hz, g in zip(places, gains_db, strict=True)], rate)
    if fault == "tilt":
        gain_db = size * float(rng.choice([-4.0, 4.0]))
        shelves = [EqBand("low_shelf", 150, gain_db, 0.4), EqBand("high_shelf", 4000, -gain_db, 0.4)]
        return _filtered(samples, shelves, rate)
    if fault == "width":
        return _narrowed(samples, 0.4**size)
    if fault == "level":
        return (samples * 0.5**size).astype(np.float32)
    return _expanded(samples, rate, size) if fault == "dynamics" else samples


def _filtered(samples: Samples, bands: list[EqBand], rate: int) -> Samples:
    sections = np.array([biquad(band, rate) for band in bands])
    return np.asarray(scipy.signal.sosfilt(sections, samples, axis=1), dtype=np.float32)


def _narrowed(samples: Samples, gain: float) -> Samples:
    if len(samples) == 1:
        return samples
    mid, side = samples.mean(axis=0), (samples[0] - samples[1]) / 2 * gain
    return np.stack([mid + side, mid - side]).astype(np.float32)


def _expanded(samples: Samples, rate: int, size: float) -> Samples:
    """Loud made louder: the opposite of a compressor of 4:1 with other times than any that is tried."""
    n_hop = rate // 100
    power = np.square(samples[:, : samples.shape[1] // n_hop * n_hop]).mean(axis=0).reshape(-1, n_hop).mean(axis=1)
    level_db = power_to_db(power)
    threshold_db = float(np.quantile(level_db, 0.5))
    gain_db = -size * compression_db(level_db, CompressorSettings(threshold_db, EXPANSION_RATIO, 20.0, 150.0))
    centers = np.arange(len(gain_db)) * n_hop + n_hop / 2
    curve = np.interp(np.arange(samples.shape[1]), centers, gain_db - gain_db.mean())
    return (0.5 * samples * 10 ** (curve / 20)).astype(np.float32)


def profile_of(samples: Samples, rate: int) -> MasterProfile:
    """The profile of samples [C, T]."""
    return measure_profile([samples], rate, len(samples))


def errors(profile: MasterProfile, truth: MasterProfile) -> dict[str, float]:
    """Distances on each axis, in dB or LU: tone as rms over third octaves from 63 Hz to 12.5 kHz, its mean left out."""
    tone = (profile.tone_db - truth.tone_db)[JUDGED & (truth.tone_db > truth.tone_db.max() - HEARD_DB)]
    return {
        "tone": float(np.std(tone)),
        "width": abs(_width_db(profile) - _width_db(truth)),
        "level": abs((profile.lufs or -70) - (truth.lufs or -70)),
        "dynamics": float(distance_db(profile.levels_db, truth.levels_db)),
    }


def _width_db(profile: MasterProfile) -> float:
    return MONO_DB if profile.width_db is None else max(profile.width_db, MONO_DB)
