"""A small live network, a song, and how it is played."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from separation.live.net import live_net
from separation.net import LiteNet
from tests.live_models import ExactSession, small_live_net


@pytest.fixture(scope="session")
def small_net() -> LiteNet:
    return small_live_net()


@pytest.fixture(scope="session")
def exact_session(small_net: LiteNet) -> ExactSession:
    return ExactSession(live_net(small_net))


@pytest.fixture
def song(rng: np.random.Generator) -> NDArray[np.float64]:
    """Noise [2, 3000] that swells, with silence at both ends."""
    envelope = 0.3 * np.hanning(3000) * (np.abs(np.arange(3000) - 1500) < 1300)
    return envelope * rng.standard_normal((2, 3000)) * np.array([[1.0], [0.4]])


Played = Callable[[Any, NDArray[Any], list[int]], tuple[NDArray[Any], NDArray[Any]]]


@pytest.fixture
def play() -> Played:
    """Stems [S, 2, T] and residual [2, T] of a song that a separator is given in blocks of these lengths."""

    def played(separator: Any, song: NDArray[Any], lengths: list[int]) -> tuple[NDArray[Any], NDArray[Any]]:
        blocks = [separator.process(piece) for piece in np.split(song, np.cumsum(lengths)[:-1], axis=1)]
        stems = np.concatenate([block.stems for block in blocks], axis=-1)
        return stems, np.concatenate([block.residual for block in blocks], axis=-1)

    return played
