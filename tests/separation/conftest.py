"""A small library of songs and voices for what learns from them."""

from __future__ import annotations

import numpy as np
import pytest

from separation.songs import RATE, STEMS, SongLibrary


@pytest.fixture
def library(rng) -> SongLibrary:
    """Two songs of two seconds of noise, the first without a bass, and two voices."""

    def noise(n_channels: int, length: int) -> np.ndarray:
        return rng.integers(-9000, 9000, (n_channels, length), dtype=np.int16)

    songs = {name: {stem: noise(2, 2 * RATE) for stem in STEMS} for name in ("a", "b")}
    del songs["a"]["bass"]
    return SongLibrary(songs, [noise(1, 5000), noise(2, 9000)])
