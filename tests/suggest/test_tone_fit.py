"""Bands that draw a curve: as few as will do, and none where nothing is wanted."""

from __future__ import annotations

import numpy as np

from mixassist.dsp.parametric import EqBand, response_db
from mixassist.suggest.master_profile import BANDS_HZ
from mixassist.suggest.tone_fit import Curve, fit_bands
from tests.suggest.made_masters import RATE


def test_few_bands_find_what_a_few_bands_did():
    hz = BANDS_HZ[4:-2]
    truth = [EqBand("low_shelf", 150, -4, 0.6), EqBand("bell", 700, 5, 1.0), EqBand("high_shelf", 6000, 3, 0.7)]
    curve = Curve(response_db(truth, hz, RATE), np.ones(len(hz)), hz, RATE)
    found = fit_bands(curve)
    assert len(found) <= 4
    assert curve.rms_db(found) < 0.15


def test_nothing_wanted_gives_no_band():
    hz = BANDS_HZ[4:-2]
    assert fit_bands(Curve(np.full(len(hz), 3.0), np.ones(len(hz)), hz, RATE)) == ()
