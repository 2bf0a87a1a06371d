"""The ring against a plain list of all that was ever written."""

import sys
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixassist.audio.live_ring import LiveRing

N_BLOCKS = 10_000
"""So many at least are written, and as many read well, while reader and writer race."""


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


@pytest.fixture
def hasty_interpreter():
    """Threads take turns every few lines."""
    interval_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval_s)


@pytest.mark.usefixtures("hasty_interpreter")
@pytest.mark.parametrize("n_frames", [64, 70])
def test_a_reader_never_takes_overwritten_frames_for_sound(n_frames):
    """A writer runs away from a reader in another thread: each block read is right or refused."""
    ring = LiveRing(1, n_frames)
    is_done = threading.Event()
    blocks = ramp(0, 2**16)

    def write():
        position = 0
        while not is_done.is_set():
            frames = position % 2**16
            ring.write(blocks[:, frames : frames + 16], position)
            position += 16

    writer = threading.Thread(target=write)
    writer.start()
    into = np.empty((1, 16), dtype=np.float32)
    n_right = n_torn = 0
    for _ in range(1_000_000):
        position = ring.begin  # the frames that go next
        if ring.read(position, into):
            is_right = np.array_equal(into, ramp(position, 16) % 2**16)
            n_right, n_torn = n_right + is_right, n_torn + (not is_right)
        if n_torn or (n_right >= N_BLOCKS and ring.end >= 16 * N_BLOCKS):
            break
    is_done.set()
    writer.join()
    assert n_torn == 0
    assert n_right >= N_BLOCKS
    assert ring.end >= 16 * N_BLOCKS


class Interrupted(np.ndarray):
    """An array that calls `meanwhile` whenever some of it is looked up or replaced."""

    def __getitem__(self, key):
        self.meanwhile()
        return super().__getitem__(key)

    def __setitem__(self, key, value):
        self.meanwhile()
        super().__setitem__(key, value)


def test_a_reader_overtaken_while_it_copies_is_refused():
    ring = LiveRing(1, 32)
    ring.write(ramp(0, 32), 0)
    into = np.empty((1, 16), dtype=np.float32).view(Interrupted)
    into.meanwhile = lambda: ring.write(ramp(ring.end, 16), ring.end)
    assert not ring.read(0, into)


def test_frames_are_let_go_before_they_are_overwritten_and_held_once_they_are_there():
    ring = LiveRing(1, 32)
    ring.write(ramp(0, 32), 0)
    found = []

    def look():
        oldest = np.empty((1, 16), dtype=np.float32)
        found.append((ring.read(0, oldest), ring.end))

    block = ramp(32, 16).view(Interrupted)
    block.meanwhile = look
    ring.write(block, 32)
    assert set(found) == {(False, 32)}
    assert ring.end == 48
