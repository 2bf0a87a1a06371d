"""The example in examples/: a song whose singer moves is longer by the new hall, and all of it is still there."""

from __future__ import annotations

import numpy as np
import pytest

from examples.another_hall import move
from mixassist import AudioBuffer
from separation import SeparationOptions
from separation.rooms.options import RespaceOptions
from tests.signals import music_like
from tests.tolerances import ROOM_SAMPLES

RATE = 44100


@pytest.fixture
def song():
    return AudioBuffer(sum(music_like(1.0, RATE).values()).astype(np.float32), RATE)


def test_a_song_moves_to_another_hall(song):
    separation = SeparationOptions(model="lite", engine="onnxruntime", two_stems="vocals")
    moved = move(song, separation, RespaceOptions("studio", predelay_ms=100))
    assert (moved.rate, moved.n_channels) == (RATE, 2)
    assert moved.n_frames > song.n_frames + 0.3 * RATE
    assert np.isfinite(moved.samples).all()
    # Until the new room is heard there is the song, without what was taken of the old room: nothing, so early.
    n_before = round(0.02 * RATE)
    np.testing.assert_allclose(moved.samples[:, :n_before], song.samples[:, :n_before], atol=ROOM_SAMPLES)
