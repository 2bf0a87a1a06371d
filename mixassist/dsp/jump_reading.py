"""What jumps before falls tell of a room: how loud it is against the direct sound, by a small network's reading.

Task: from how far levels jumped down before they fell, and how steeply they fell then, to DRR.

Method: per octave, which share of the falls comes after a jump at least so large, for the shorter lines, and the mean
of that over octaves; beside it what `mixassist.dsp.fall_reading` looks at: a short sound hardly fills a long room.
`python -m benchmarks --only room-estimates` tells how far off it is on takes and rooms it did not learn from;
`python -m benchmarks.dereverb_learning` learns it anew.

Conventions: counts are [span, octave, each].
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mixassist.dsp.fall_reading import answer, fall_features, read_weights
from mixassist.dsp.falls import Falls
from mixassist.dsp.hops import Floats

WEIGHTS = Path(__file__).parent / "data" / "jump_reading.npz"
N_SPANS = 3


def read_jumps(falls: Falls) -> float:
    """Direct-to-reverberant ratio in dB."""
    return float(answer(read_weights(WEIGHTS), jump_features(falls)).mean())


def jump_features(falls: Falls) -> Floats:
    """What is looked at in falls [..., span, octave, each]: [..., octave, N]."""
    jumps = falls.jumps[..., :N_SPANS, :, :]
    shares = np.cumsum(jumps, axis=-1)[..., :-1] / np.maximum(jumps.sum(axis=-1, keepdims=True), 1)
    own = np.moveaxis(shares, -3, -2)
    own = own.reshape(*own.shape[:-2], -1)
    of_all = np.broadcast_to(own.mean(axis=-2, keepdims=True), own.shape)
    return np.concatenate([fall_features(falls.counts), own, of_all], axis=-1)
