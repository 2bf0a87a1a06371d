"""The measure of folded tones against polynomials, whose harmonics are known, and what oversampling does to an amp."""

from __future__ import annotations

import json

import numpy as np
import pytest

from amp_models import Amp, load_amp
from amp_models.playing.aliasing import CHANGED_DB, TONES_HZ, measure_aliasing, player, sound_change_db
from tests.amp_models.random_nams import nam

RATE = 48000


@pytest.fixture(scope="module")
def clipper(tmp_path_factory) -> Amp:
    """tanh(8 x), as a network."""
    config = {"channels": 1, "dilations": [1], "batchnorm": False, "activation": "Tanh"}
    path = tmp_path_factory.mktemp("amps") / "clipper.nam"
    path.write_text(json.dumps(nam("ConvNet", config, [0.0, 8.0, 0.0, 0.5, 0.0])))
    return load_amp(path)


def test_what_bends_nothing_folds_nothing():
    assert measure_aliasing(lambda x: -0.3 * x + np.float32(0.1), RATE).ratio_db < -100


def test_a_folded_harmonic_is_measured_exactly():
    """The seventh harmonic, 1 % of the first, lies above half the rate for the highest tone alone."""

    def bent(x: np.ndarray) -> np.ndarray:
        sines = x / np.abs(x).max(axis=1, keepdims=True)
        return sines + 0.01 * np.cos(7 * np.arccos(np.clip(sines, -1, 1)))

    for tone in measure_aliasing(bent, RATE).tones:
        if 7 * tone.frequency_hz > RATE / 2:
            assert tone.ratio_db == pytest.approx(-40, abs=0.02)
        else:
            assert tone.ratio_db < -90


def test_the_mean_is_one_of_powers_and_the_worst_is_named():
    aliasing = measure_aliasing(lambda x: np.clip(3 * x, -0.5, 0.5), RATE)
    assert aliasing.ratio_db == pytest.approx(
        10 * np.log10(np.mean([10 ** (tone.ratio_db / 10) for tone in aliasing.tones]))
    )
    assert aliasing.worst.frequency_hz == pytest.approx(TONES_HZ[-1], abs=2)
    assert str(aliasing).endswith("for a tone of 4979 Hz at -6 dBFS")
    assert len(aliasing.to_dict()["tones"]) == 15


@pytest.mark.parametrize("rate", [8000, 44100, 96000])
def test_any_rate_will_do(rate):
    assert measure_aliasing(lambda x: x, rate).ratio_db < -100


def test_a_change_of_sound_is_error_over_signal():
    assert sound_change_db(lambda x: x, lambda x: 1.01 * x + 0.2, RATE) == pytest.approx(-40, abs=0.01)


def test_oversampling_a_clipper_folds_less_and_keeps_its_sound(clipper):
    plain, double = (measure_aliasing(player(clipper, factor), RATE).ratio_db for factor in (1, 2))
    assert double < plain - 15
    assert sound_change_db(player(clipper), player(clipper, 2), RATE) < CHANGED_DB
