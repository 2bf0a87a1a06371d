"""How well the embedded separator separates songs whose stems are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist import AudioBuffer
from mixassist.dsp.scores import median_sdr
from separation import SeparationOptions, Separator
from separation.lite_scores import oracle, read_stems
from separation.songs import STEMS

Floats = NDArray[np.float32]


def score_songs(folders: Sequence[Path], model: str = "lite") -> dict[str, NDArray[np.float64]]:
    """Median over songs of `median_sdr` in dB, [S], for the model, the mixture itself and the oracle ratio mask."""
    separator = Separator(SeparationOptions(model=model))
    scores: dict[str, list[NDArray[np.float64]]] = {"mixture": [], model: [], "oracle ratio mask": []}
    for folder in folders:
        truth, rate = read_stems(folder)
        mixture = truth.sum(axis=0)
        stems = separator.separate(AudioBuffer(mixture, rate)).stems
        estimates = {
            "mixture": np.broadcast_to(mixture, truth.shape),
            model: np.stack([stems[stem].samples for stem in STEMS]),
            "oracle ratio mask": oracle(truth),
        }
        for method, estimate in estimates.items():
            scores[method].append(score(truth, estimate, rate))
    return {method: np.nanmedian(np.stack(rows), axis=0) for method, rows in scores.items()}


def score(truth: Floats, estimate: Floats, rate: int) -> NDArray[np.float64]:
    """`median_sdr` of each stem by itself, NaN for one that is silent in truth.

    Stems are scored one by one, so that a stem's silence does not take the frame from the others.
    """
    scores = np.full(len(truth), np.nan)
    for row in range(len(truth)):
        if truth[row].any():
            scores[row] = median_sdr(truth[row : row + 1], estimate[row : row + 1], rate)[0]
    return scores
