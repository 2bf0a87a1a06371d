from __future__ import annotations

import numpy as np
import pedalboard
import pytest

from mixassist.dsp.compressor import CompressorSettings, compression_db, static_gain_db
from mixassist.dsp.parametric import EqBand, response_db
from tests.tolerances import FILTER_DB

RATE = 44100


@pytest.mark.parametrize(
    ("band", "plugin"),
    [
        (EqBand("bell", 1000, 6, 1.3), pedalboard.PeakFilter(1000, 6, 1.3)),
        (EqBand("low_shelf", 200, -4, 0.5), pedalboard.LowShelfFilter(200, -4, 0.5)),
        (EqBand("high_shelf", 5000, 5, 0.6), pedalboard.HighShelfFilter(5000, 5, 0.6)),
    ],
)
def test_the_response_is_that_of_the_filter_which_is_heard(band, plugin):
    impulse = np.zeros((1, 2**16), dtype=np.float32)
    impulse[0, 0] = 1
    hz = np.fft.rfftfreq(2**16, 1 / RATE)[40:]
    heard_db = 20 * np.log10(np.abs(np.fft.rfft(plugin.process(impulse, RATE)[0])))[40:]
    assert np.abs(heard_db - response_db([band], hz, RATE)).max() < FILTER_DB


def test_a_band_of_no_gain_does_nothing_and_bands_add():
    hz = np.geomspace(20, 20000, 50)
    bell, shelf = EqBand("bell", 500, 3, 1), EqBand("low_shelf", 100, -2, 0.7)
    assert np.allclose(response_db([EqBand("bell", 500, 0, 1)], hz, RATE), 0)
    assert np.allclose(
        response_db([bell, shelf], hz, RATE), response_db([bell], hz, RATE) + response_db([shelf], hz, RATE)
    )


def test_the_curve_of_a_compressor_has_its_ratio_above_the_knee_and_is_smooth_in_it():
    levels = np.linspace(-60, 0, 601)
    gain = static_gain_db(levels, -20, 4, 6)
    assert np.all(gain[levels < -23] == 0)
    assert gain[-1] == pytest.approx(20 * (1 / 4 - 1))
    assert np.abs(np.diff(levels + gain, 2)).max() < 0.02


def test_gain_falls_with_the_attack_and_rises_with_the_release():
    levels = np.concatenate([np.full(100, -60.0), np.full(200, 0.0), np.full(400, -60.0)])
    gain = compression_db(levels, CompressorSettings(-20, 2, attack_ms=50, release_ms=200, knee_db=0))
    assert gain[99] == 0
    assert gain[104] == pytest.approx(-10 * (1 - np.exp(-1)), abs=0.01)
    assert gain[299] == pytest.approx(-10, abs=0.01)
    assert gain[319] == pytest.approx(-10 * np.exp(-1), abs=0.05)
