"""How well methods separate songs whose stems are known.

Conventions: a method is given the true stems and returns estimates of them; only an oracle looks at more than the sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.blind_separation import separate_blindly
from mixassist import AudioBuffer
from mixassist.dsp.scores import median_sdr
from separation import SeparationOptions, Separator
from separation.catalogue import embedded_names
from separation.lite_scores import oracle, read_stems
from separation.songs import STEMS

Floats = NDArray[np.float32]
Scores = NDArray[np.float64]
Method = Callable[[Floats, int], Floats]
"""From true stems [S, C, T] and their rate in Hz to estimates [S, C, T]."""

BLIND = "HPSS, centre, low-pass"


def all_methods() -> dict[str, Method]:
    """Everything a table compares, from doing nothing to the best that a ratio mask can do."""
    models = {name: model_method(name) for name in embedded_names()}
    bounds: dict[str, Method] = {
        "mixture": lambda truth, rate: np.broadcast_to(truth.sum(axis=0), truth.shape),
        BLIND: blind_method,
    }
    return bounds | models | {"oracle ratio mask": lambda truth, rate: oracle(truth)}


def blind_method(truth: Floats, rate: int) -> Floats:
    return separate_blindly(truth.sum(axis=0), rate)


def model_method(name: str, engine: str = "auto") -> Method:
    """What a model separates."""
    separator = Separator(SeparationOptions(model=name, engine=engine))

    def estimate(truth: Floats, rate: int) -> Floats:
        stems = separator.separate(AudioBuffer(truth.sum(axis=0), rate)).stems
        return np.stack([stems[stem].samples for stem in STEMS])

    return estimate


def song_folders(folder: Path) -> list[Path]:
    """The songs in a folder, a folder each; none where there is no such folder."""
    return sorted(path for path in folder.glob("*") if path.is_dir())


def score_songs(folders: Iterable[Path], methods: Mapping[str, Method]) -> dict[str, Scores]:
    """`score` of each song by each method, [N, S]."""
    scores: dict[str, list[Scores]] = {name: [] for name in methods}
    for folder in folders:
        truth, rate = read_stems(folder)
        for name, method in methods.items():
            scores[name].append(score(truth, method(truth, rate), rate))
    return {name: np.stack(rows) for name, rows in scores.items()}


def score(truth: Floats, estimate: Floats, rate: int) -> Scores:
    """`median_sdr` of each stem by itself, NaN for one that is silent in truth.

    Stems are scored one by one, so that a stem's silence does not take the frame from the others.
    """
    scores = np.full(len(truth), np.nan)
    for row in range(len(truth)):
        if truth[row].any():
            scores[row] = median_sdr(truth[row : row + 1], estimate[row : row + 1], rate)[0]
    return scores


def per_stem_median(scores: Scores) -> Scores:
    """Median [S] over the songs of scores [N, S] that have the stem, NaN where none has."""
    known = [stem[~np.isnan(stem)] for stem in scores.T]
    return np.array([np.median(stem) if stem.size else np.nan for stem in known])
