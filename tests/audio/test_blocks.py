from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixassist.audio.blocks import rechunk
from tests.signals import noise


@given(lengths=st.lists(st.integers(0, 40), max_size=12), n_frames=st.integers(1, 50))
def test_rechunk_keeps_every_frame_in_order(lengths: list[int], n_frames: int) -> None:
    samples = noise(sum(lengths))
    blocks = np.split(samples, np.cumsum(lengths), axis=1)

    chunks = list(rechunk(blocks, n_frames))

    assert all(chunk.shape[1] == n_frames for chunk in chunks[:-1])
    assert all(1 <= chunk.shape[1] <= n_frames for chunk in chunks)
    np.testing.assert_array_equal(np.concatenate([samples[:, :0], *chunks], axis=1), samples)


def test_rechunk_asks_for_no_more_than_it_needs() -> None:
    given_out = []

    def blocks():
        for index in range(10):
            given_out.append(index)
            yield noise(8)

    next(rechunk(blocks(), 16))

    assert given_out == [0, 1]


def test_rechunk_of_nothing_is_nothing() -> None:
    assert list(rechunk([], 4)) == []
    with pytest.raises(StopIteration):
        next(rechunk([noise(0)], 4))
