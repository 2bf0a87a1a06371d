"""How loud an amp is, and how much it compresses, by the measure of the `.nam` players.

Task:
    One second of sound through the amp gives its loudness; the same at eleven input gains its compression.

Conventions:
    The test signal is played as it is whatever the amp's rate, and the amp has heard silence for ever beforehand: so
    the trainer measures, and figures must be comparable with its.

References:
    neural-amp-modeler, nam/models/base.py (`_metadata_loudness`, `_metadata_gain`); the signal is its own, see
    data/loudness_input.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio import read_audio
from mixassist.audio.buffer import Samples

Play = Callable[[Samples], Samples]
"""Takes [C, T] to what an amp makes of them [C, T]: each channel by itself, from rest on."""

SIGNAL = Path(__file__).parents[1] / "data" / "loudness_input.flac"

GAINS = np.linspace(0, 1, 11)
"""Input gains by which compression is measured."""


@dataclass(frozen=True)
class Loudness:
    """The two figures that files call `loudness` and `gain`.

    Attributes:
        loudness_db: RMS of the answer to the test signal, in dBFS.
        compression: 0 where the output follows the input, 1 where it is as loud for any input.
    """

    loudness_db: float
    compression: float


def measure_loudness(play: Play) -> Loudness | None:
    """Both figures of an amp; None where it gives silence.

    Drawn over the input gain, output levels fill the triangle below the last of them where nothing is compressed, and
    the square where all is: compression is the way between, (Σ y - triangle) / (square - triangle).
    """
    signal = read_audio(SIGNAL).samples
    levels = np.array([_rms(play(np.float32(gain) * signal)) for gain in GAINS])
    if not levels[-1] > 0:
        return None
    square = len(GAINS) * levels[-1]
    compression = np.clip((levels.sum() - square / 2) / (square / 2), 0, 1)
    return Loudness(20 * float(np.log10(levels[-1])), float(compression))


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
