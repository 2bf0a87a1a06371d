"""The ring against a plain list of all that was ever written."""

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixassist.audio.live_ring import LiveRing


def ramp(begin, n_frames, n_channels=1):
    return np.tile(np.arange(begin, begin + n_frames, dtype=np.float32), (n_channels, 1))


@given(lengths=st.lists(st.integers(1, 7), max_size=20), position=st.integers(-5, 80), n_read=st.integers(1, 7))
def test_what_is_held_is_what_was_written(lengths, position, n_read):
    ring = LiveRing(n_channels=2, n_frames=10, n_silent=3)
    for length in lengths:
        ring.write(ramp(ring.end, length, 2), ring.end)
    into = np.full((2, n_read), np.nan, dtype=np.float32)
    is_held = max(-3, sum(lengths) - 10) <= position and position + n_read <= sum(lengths)
    assert ring.read(position, into) == is_held
    if is_held:
        np.testing.assert_array_equal(into, np.maximum(ramp(position, n_read, 2), 0))


def test_a_leap_lets_go_of_what_was_before():
    ring = LiveRing(1, 10)
    ring.write(ramp(0, 4), 0)
    ring.write(ramp(20, 4), 20)
    into = np.empty((1, 4), dtype=np.float32)
    assert not ring.read(0, into)
    assert not ring.read(18, into)
    assert ring.read(20, into)
    np.testing.assert_array_equal(into, ramp(20, 4))


@pytest.mark.parametrize("n_frames", [64, 70])
def test_a_reader_never_takes_overwritten_frames_for_sound(n_frames):
    """A writer runs away from a reader in another thread: each block read is right or refused."""
    ring = LiveRing(1, n_frames)
    is_done = threading.Event()

    def write():
        for position in range(0, 20_000, 16):
            ring.write(ramp(position, 16), position)
        is_done.set()

    writer = threading.Thread(target=write)
    writer.start()
    into = np.empty((1, 16), dtype=np.float32)
    while not is_done.is_set():
        position = max(0, ring.end - 48)
        if ring.read(position, into):
            np.testing.assert_array_equal(into, ramp(position, 16))
    writer.join()
