"""Law 4: silence in, silence out, and never a NaN."""

import numpy as np
import pytest

from tests.laws.models import separate


@pytest.mark.parametrize("n_channels", [1, 2])
def test_silence_stays_silent(separator, n_channels):
    stems, residual = separate(separator, np.zeros((n_channels, 30000), dtype=np.float32))
    assert np.isfinite(stems).all()
    assert np.abs(stems).max() < 1e-6
    assert np.abs(residual).max() < 1e-6


def test_a_click_in_silence_stays_finite(separator):
    song = np.zeros((2, 30000), dtype=np.float32)
    song[:, 15000] = 1.0
    stems, residual = separate(separator, song)
    assert np.isfinite(stems).all()
    assert np.isfinite(residual).all()
