from __future__ import annotations

import numpy as np

from tests.signals import STEMS, music_like


def test_music_like_is_seeded_and_every_stem_sounds() -> None:
    stems = music_like(2.0, 8000)
    assert tuple(stems) == STEMS
    for name, samples in stems.items():
        assert samples.shape == (2, 16_000)
        assert samples.dtype == np.float32
        assert 0.01 < np.sqrt(np.mean(np.square(samples))) < 0.5
        np.testing.assert_array_equal(samples, music_like(2.0, 8000)[name])
    assert np.abs(sum(stems.values())).max() < 2
