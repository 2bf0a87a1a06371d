"""The limiter on a sum of stems: the sum stays below one, and every stem follows the same gain."""

from __future__ import annotations

import numpy as np
import pytest

from separation.limiter import limit


@pytest.mark.parametrize("drive_db", [0.0, 3.0, 12.0])
def test_the_sum_stays_at_full_scale_and_stems_follow_one_gain(rng, drive_db):
    stems = rng.standard_normal((4, 2, 20_001)).astype(np.float32) * np.linspace(0.01, 1, 20_001, dtype=np.float32)
    limited = limit(stems, drive_db)
    assert np.abs(limited.sum(axis=0)).max() <= 1.05
    gain = limited / stems
    np.testing.assert_allclose(gain, np.broadcast_to(gain[:1, :1], gain.shape), rtol=1e-4)


def test_without_drive_only_the_level_changes(rng):
    stems = rng.standard_normal((4, 2, 5000)).astype(np.float32)
    np.testing.assert_allclose(limit(stems, 0.0) * np.abs(stems.sum(axis=0)).max(), stems, rtol=1e-4, atol=1e-5)


def test_silence_stays_silence():
    assert not limit(np.zeros((4, 2, 1000), np.float32), 6.0).any()
