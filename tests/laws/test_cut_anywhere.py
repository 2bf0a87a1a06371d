"""Law 1: a song cut into blocks anywhere gives the same stems as the song in one piece."""

import numpy as np
import pytest

from separation.lanes import LaneOptions, plan_lanes
from separation.song_stream import SongStream
from separation.survey import measure_level
from tests.signals import music_like


def stems_of(separator, song, cuts):
    model = separator.model
    level = measure_level([song], 44100, model.rate)
    lanes = plan_lanes(model, separator.wanted, level.n_frames, LaneOptions())
    parts = SongStream(lanes, level, 44100, model.rate).run(np.split(song, cuts, axis=1), lambda n_frames: None)
    return np.concatenate([stems for _, stems in parts], axis=-1)


@pytest.mark.parametrize("block", [64, 65, 512, 8193, "random"])
def test_stems_do_not_depend_on_the_blocks(separator, rng, block):
    song = sum(music_like(1.2, 44100).values()).astype(np.float32)
    n_frames = song.shape[1]
    cuts = np.sort(rng.integers(1, n_frames, 9)) if block == "random" else np.arange(block, n_frames, block)
    np.testing.assert_array_equal(stems_of(separator, song, cuts), stems_of(separator, song, []))
