"""A compressor found by what it does to levels, and its make-up gain."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.dsp.compressor import CompressorSettings
from mixassist.suggest.compressor_fit import fit_compressor, with_make_up
from mixassist.suggest.master_profile import level_quantiles


def test_a_compressor_is_found_by_what_it_does_to_levels(rng):
    power = 10 ** (np.repeat(rng.normal(-20, 6, 400), 10) / 10)
    squeezed = level_quantiles(power) * 0.7
    fit = fit_compressor(power, squeezed)
    assert fit.after_db < 0.4 * fit.before_db
    assert fit.settings.ratio > 1
    assert fit.settings.make_up_db > 0


def test_make_up_gives_back_the_power(rng):
    power = 10 ** (rng.normal(-20, 5, 2000) / 10)
    settings = with_make_up(CompressorSettings(-22, 3), power)
    assert settings.make_up_db == pytest.approx(with_make_up(settings, power).make_up_db)
    assert settings.make_up_db > 0
