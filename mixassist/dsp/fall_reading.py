"""What falls of level tell of a room: a small network's reading, learned from takes whose rooms were known.

Task: from how many falls there are of each steepness to RT60 per octave, and how sure that is.

Method: per octave, which share of the falls is at least so steep, for each length of line, and how many there are;
beside it the mean of that over octaves. Two hidden layers read it. `python -m benchmarks --only room-estimates` tells
how far off it is on takes and rooms it did not learn from; `python -m benchmarks.dereverb_learning` learns it anew.

Conventions: counts are [span, octave, rate], the steepest first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.hops import Floats

WEIGHTS = Path(__file__).parent / "data" / "fall_reading.npz"
N_SHARES = 24
"""Rates are looked at four at a time."""

N_LAYERS = 3
SCALES = (-3.5, 1.0)
"""Least and greatest logarithm of how far off a time may be said to be."""


@dataclass(frozen=True)
class Reading:
    """Logarithms of RT60 in s and of the mean error of that logarithm, [octave] each."""

    log_rt60: Floats
    log_scale: Floats


def read_falls(counts: Floats) -> Reading:
    """What counts [span, octave, rate] tell."""
    told = answer(read_weights(WEIGHTS), fall_features(counts))
    return Reading(told[:, 0], np.clip(told[:, 1], *SCALES))


def answer(weights: Mapping[str, NDArray[np.float32]], seen: Floats) -> Floats:
    """What a network of these weights tells [..., each] of what it sees [..., N]."""
    told = (seen - weights["mean"]) / weights["deviation"]
    for layer in range(N_LAYERS):
        told = told @ weights[f"matrix_{layer}"] + weights[f"bias_{layer}"]
        if layer < N_LAYERS - 1:
            told = np.tanh(told)
    return told


def fall_features(counts: Floats) -> Floats:
    """What is looked at in counts [..., span, octave, rate]: [..., octave, N]."""
    coarse = counts.reshape(*counts.shape[:-1], N_SHARES, -1).sum(axis=-1)
    n_falls = coarse.sum(axis=-1, keepdims=True)
    shares = np.cumsum(coarse, axis=-1)[..., :-1] / np.maximum(n_falls, 1)
    amounts = np.log1p(n_falls)
    amounts = amounts - amounts[..., 1:2, :, :]  # against those of the second length
    own = np.moveaxis(np.concatenate([shares, amounts], axis=-1), -3, -2)
    own = own.reshape(*own.shape[:-2], -1)
    of_all = np.broadcast_to(own.mean(axis=-2, keepdims=True), own.shape)
    octave = np.broadcast_to(np.linspace(-1, 1, own.shape[-2])[:, None], (*own.shape[:-1], 1))
    return np.concatenate([own, of_all, octave], axis=-1)


@lru_cache(maxsize=2)
def read_weights(path: Path) -> Mapping[str, NDArray[np.float32]]:
    """The arrays of a network that was learned."""
    with np.load(path) as stored:
        return MappingProxyType({name: stored[name] for name in stored.files})
