import numpy as np
import pytest

from mixassist.audio.live_meter import LOWEST_DB, Meter


def test_a_meter_shows_the_peak_and_falls_slowly():
    meter = Meter(480, 48000)
    assert meter.level_db == LOWEST_DB
    meter.add(np.full((1, 480), -0.5, np.float32))
    assert meter.level_db == pytest.approx(-6.02, abs=0.01)
    for _ in range(100):
        meter.add(np.zeros((1, 480), np.float32))
    assert meter.level_db == pytest.approx(-26.02, abs=0.01)
