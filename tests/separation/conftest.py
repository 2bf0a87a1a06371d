"""A small library of songs and voices, and a small network to learn from them."""

from __future__ import annotations

import numpy as np
import pytest

from separation import training
from separation.songs import RATE, STEMS, SongLibrary
from tests.separation.tiny_lite import TINY


@pytest.fixture
def tiny_is_known(monkeypatch) -> None:
    """Lets runs of the tiny network be saved and loaded by name."""
    monkeypatch.setitem(training.NETWORKS, "tiny", TINY)


@pytest.fixture
def library(rng) -> SongLibrary:
    """Two songs of two seconds of noise, the first without a bass, and two voices."""

    def noise(n_channels: int, length: int) -> np.ndarray:
        return rng.integers(-9000, 9000, (n_channels, length), dtype=np.int16)

    songs = {name: {stem: noise(2, 2 * RATE) for stem in STEMS} for name in ("a", "b")}
    del songs["a"]["bass"]
    return SongLibrary(songs, [noise(1, 5000), noise(2, 9000)])
