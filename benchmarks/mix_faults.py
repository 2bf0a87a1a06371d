"""Faults of single tracks whose truth is known, and where each is planted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.signal

from mixassist.audio.buffer import Samples
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.parametric import EqBand, biquad
from mixassist.suggest.advice import Processor

BAND_DB, BAND_Q = 9.0, 1.4
RUMBLE_DB, RUMBLE_HZ = -15.0, (15.0, 35.0)
DRIFT_DB, DRIFT_S = 9.0, 1.5
SPILL_DB = -26.0
"""Re the loud hits."""

LEAN = 0.4
"""The quieter side of a track that leans: 8 dB down."""


@dataclass(frozen=True)
class Fault:
    """A fault, the processor that cures it, the families it is planted in, and where in Hz an equaliser should go."""

    name: str
    processor: Processor
    families: tuple[str, ...]
    plant: Callable[[Samples, int, np.random.Generator], Samples]
    hz: float | None = None


def rumble(samples: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """Low noise, the same in all channels."""
    band = scipy.signal.butter(2, RUMBLE_HZ, "bandpass", fs=rate, output="sos")
    noise = scipy.signal.sosfilt(band, rng.standard_normal(samples.shape[1]))
    level = np.sqrt(np.mean(np.square(samples)) / np.mean(np.square(noise))) * 10 ** (RUMBLE_DB / 20)
    return np.asarray(samples + level * noise)


def bump_at(hz: float) -> Callable[[Samples, int, np.random.Generator], Samples]:
    """A bell too much at a frequency."""

    def plant(samples: Samples, rate: int, _: np.random.Generator) -> Samples:
        section = biquad(EqBand("bell", hz, BAND_DB, BAND_Q), rate)
        return np.asarray(scipy.signal.sosfilt(section[None], samples, axis=1))

    return plant


def drift(samples: Samples, rate: int, rng: np.random.Generator) -> Samples:
    """A level that wanders between uniform random values, as before a microphone that nobody keeps."""
    n_frames = samples.shape[1]
    n_points = int(n_frames / (DRIFT_S * rate)) + 2
    gains_db = np.interp(
        np.arange(n_frames), np.arange(n_points) * DRIFT_S * rate, rng.uniform(-DRIFT_DB, DRIFT_DB, n_points)
    )
    return np.asarray(samples * 10 ** (gains_db / 20))


def lean(samples: Samples, _: int, rng: np.random.Generator) -> Samples:
    """Two sides, one of them quieter."""
    sides = rng.permutation([1.0, LEAN])[:, None]
    return np.asarray(np.broadcast_to(samples.mean(axis=0), (2, samples.shape[1])) * sides)


def one_side(samples: Samples, _: int, rng: np.random.Generator) -> Samples:
    """Two sides, one of them silent."""
    sides = rng.permutation([1.0, 0.0])[:, None]
    return np.asarray(np.broadcast_to(samples.mean(axis=0), (2, samples.shape[1])) * sides)


def close_drum(drums: Samples, rate: int) -> Samples:
    """What a close microphone of a snare would have: hits of a set [T], with nothing between."""
    band = scipy.signal.butter(2, (150.0, 8000.0), "bandpass", fs=rate, output="sos")
    hits = scipy.signal.sosfilt(band, drums.mean(axis=0))
    n_hop = rate // 100
    n_hops = len(hits) // n_hop
    level_db = power_to_db(np.square(hits[: n_hops * n_hop]).reshape(-1, n_hop).mean(axis=1))
    open_db = np.where(level_db > np.percentile(level_db, 98) - 10, 0.0, -100.0)
    for hop in range(1, n_hops):  # what rings falls by 60 dB in 0.2 s
        open_db[hop] = max(open_db[hop], open_db[hop - 1] - 3.0)
    return np.asarray(hits * 10 ** (np.interp(np.arange(len(hits)), np.arange(n_hops) * n_hop, open_db) / 20))


def with_spill(drum: Samples, others: Samples, rate: int) -> Samples:
    """The close drum [T] with the other tracks [T] heard in its microphone."""
    n_hop = rate // 100
    hops = np.square(drum[: len(drum) // n_hop * n_hop]).reshape(-1, n_hop).mean(axis=1)
    level = np.sqrt(np.percentile(hops, 98) / np.mean(np.square(others))) * 10 ** (SPILL_DB / 20)
    return np.asarray(drum + level * others)


FAULTS = (
    Fault("rumble, 15 to 35 Hz at -15 dB", "high_pass", ("vocals",), rumble),
    Fault("mud, 9 dB at 250 Hz", "eq", ("vocals", "other"), bump_at(250.0), 250.0),
    Fault("boxiness, 9 dB at 500 Hz", "eq", ("vocals", "other", "drums"), bump_at(500.0), 500.0),
    Fault("harshness, 9 dB at 3 kHz", "eq", ("vocals", "other"), bump_at(3000.0), 3000.0),
    Fault("level drifts by ±9 dB", "compressor", ("vocals", "bass"), drift),
    Fault("one side 8 dB down", "pan", ("vocals", "bass"), lean),
)
