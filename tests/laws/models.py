"""Every separation model the laws are tried on: all that we ship, and a random HTDemucs for those we fetch."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from separation import SeparationOptions, Separator
from separation.catalogue import embedded_names

TINY = "random htdemucs"
MODELS = (*embedded_names(), TINY)
ENGINE = "onnxruntime"
"""One engine for all laws but the second: that engines agree is a law of its own."""


@lru_cache(maxsize=8)
def open_separator(path: str) -> Separator:
    return Separator(SeparationOptions(model=path, engine=ENGINE, n_threads=1))


def separate(separator: Separator, samples: np.ndarray, rate: int = 44100) -> tuple[np.ndarray, np.ndarray]:
    """Stems [S, C, T] and residual [C, T] of `samples` [C, T]."""
    from mixassist import AudioBuffer

    result = separator.separate(AudioBuffer(samples, rate))
    return np.stack([stem.samples for stem in result.stems.values()]), result.residual.samples
