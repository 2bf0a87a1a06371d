"""Law 4: silence in, silence out, and never a NaN."""

import numpy as np
import pytest

from mixassist.runtime import open_stream
from mixassist.runtime.streaming.stream import StreamOptions
from tests.laws.amps import AMPS
from tests.laws.models import separate
from tests.tolerances import AMP_SAMPLES


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


@pytest.mark.parametrize("name", AMPS)
def test_an_amp_rests_in_silence(network_artifact, name):
    """What an amp says to silence is one constant, from the first sample on: it has heard silence for ever.

    An LSTM starts with the states that its file holds, and these random ones are not at rest.
    """
    stream = open_stream(network_artifact(name), 64, options=StreamOptions(engine="onnxruntime", device="cpu"))
    heard = np.concatenate([stream.process(np.zeros((1, 64), np.float32))[0].copy() for _ in range(20)])
    heard = heard[640:] if "lstm" in name else heard
    np.testing.assert_allclose(heard, heard[-1], atol=AMP_SAMPLES * max(1, abs(heard[-1])))
    assert np.isfinite(heard).all()


@pytest.mark.parametrize("name", AMPS)
def test_an_amp_stays_finite_at_and_over_full_scale(network_artifact, name):
    stream = open_stream(network_artifact(name), 64, options=StreamOptions(engine="onnxruntime", device="cpu"))
    for level in (1.0, 100.0):
        square = np.full((1, 64), level, np.float32)
        assert all(np.isfinite(stream.process(sign * square)).all() for sign in (1, -1, 1, -1))
    assert stream.timing.n_broken == 0
