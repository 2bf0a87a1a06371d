"""What a track's sound says about its instrument: features of a piece of it, and the family a classifier gives it.

All features are free of level. Bands are octaves; levels are dB re the piece's own power.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.spectrum import stft
from mixassist.suggest.classifier import LinearClassifier
from mixassist.suggest.learned_file import DATA, read_learned

Floats = NDArray[np.float64]

RATE_HZ = 22050
N_FFT = 2048
HOP = 512
EDGES_HZ = (20.0, 45.0, 90.0, 180.0, 355.0, 710.0, 1400.0, 2800.0, 5600.0, 11025.0)
KIND = "instrument family"
SHIPPED = DATA / "families.json"

BAND_NAMES = tuple(f"{low:g}-{high:g} Hz" for low, high in itertools.pairwise(EDGES_HZ))
SOUND_COLUMNS = (
    *(f"level {band}" for band in BAND_NAMES),
    *(f"movement {band}" for band in BAND_NAMES),
    *("crest", "flatness", "onsets"),
)

FLOOR_DB = -60.0
"""Frames and bands this far below the loudest frame are silence."""


def sound_features(samples: NDArray[np.float32]) -> dict[str, float]:
    """The `SOUND_COLUMNS` of mono samples [T] at `RATE_HZ` that are not silent."""
    power = np.abs(stft(samples, N_FFT, HOP)).astype(np.float64) ** 2
    frames = power.sum(axis=0)
    power = power[:, frames > frames.max() * 10 ** (FLOOR_DB / 10)]
    band = np.digitize(np.arange(power.shape[0]) * RATE_HZ / N_FFT, EDGES_HZ) - 1
    tracks = np.array([power[band == index].sum(axis=0) for index in range(len(BAND_NAMES))])
    total = tracks.sum()
    level = np.maximum(10 * np.log10(np.maximum(tracks.sum(axis=1) / total, 1e-12)), FLOOR_DB)
    track_db = 10 * np.log10(tracks / tracks.max() + 10 ** (FLOOR_DB / 10))
    rises = np.maximum(np.diff(track_db, axis=1), 0).sum(axis=0) if track_db.shape[1] > 1 else np.zeros(1)
    mean = power.mean(axis=1) + total * 1e-12
    values = (
        *level,
        *track_db.std(axis=1),
        20 * np.log10(np.abs(samples).max() / np.sqrt(np.mean(samples.astype(np.float64) ** 2))),
        10 * (np.log10(mean).mean() - np.log10(mean.mean())),
        float(np.log(rises.max() + 1) - np.log(rises.mean() + 1)),
    )
    return dict(zip(SOUND_COLUMNS, map(float, values), strict=True))


def load_families() -> LinearClassifier:
    """The shipped classifier of families: bass, drums, other, vocals."""
    return LinearClassifier.from_dict(read_learned(SHIPPED, KIND)[1])


def is_hat_or_cymbal(features: dict[str, float]) -> bool:
    """Whether a track is bursts of highs alone: no other instrument has 80 % of its power above 2.8 kHz (a rule)."""
    return sum(_shares(features)[7:]) > 0.8 and features["crest"] > 12


def drum_in_sound(features: dict[str, float]) -> str:
    """The drum a drum track is, where its spectrum leaves no doubt; else the whole set.

    A kick has nearly all its power below 180 Hz; hats are shorter than cymbals (a practitioner's rules).
    """
    if sum(_shares(features)[:3]) > 0.9:
        return "kick"
    if is_hat_or_cymbal(features):
        return "hi-hat" if features["crest"] > 20 else "cymbals"
    return "drums"


def _shares(features: dict[str, float]) -> list[float]:
    """Each band's share of the power."""
    return [10 ** (features[f"level {band}"] / 10) for band in BAND_NAMES]
