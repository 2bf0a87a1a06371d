"""Files out of training: at rest, at the gain that players are fast for, and with what is known about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest

from amp_models.nam.facts import facts_of_nam
from amp_models.nam.finish import finish_nam
from amp_models.nam.format import nam_from_dict
from amp_models.nam.fresh import fresh_nam
from amp_models.nam.lstm_rest import rest_lstm
from amp_models.nam.metadata import Gear, Training, nam_metadata
from amp_models.nam.net import player
from amp_models.wavenet.config import FILM_PLACES
from mixassist.dsp.scores import null_db
from mixassist.errors import OptionError
from tests.amp_models.random_nams import lstm
from tests.tolerances import AMP_SAMPLES, MOVED_GAIN_DB

WHEN = datetime(2026, 11, 20, 12, 30, 5)


def take(n_frames: int = 2000) -> np.ndarray:
    return 0.3 * np.random.default_rng(0).standard_normal((1, n_frames)).astype(np.float32)


@pytest.mark.parametrize("n_layers", [1, 2])
def test_an_lstm_rests_where_long_silence_leads_it(n_layers):
    nam = nam_from_dict(lstm(n_layers), "lstm")
    waited = player(nam)(np.concatenate([np.zeros((1, 48000), np.float32), take(200)], axis=1))[:, 48000:]
    np.testing.assert_allclose(player(rest_lstm(nam))(take(200)), waited, atol=AMP_SAMPLES)
    assert np.abs(player(nam)(take(200)) - waited).max() > 1e-3


def test_a_finished_lstm_gives_a_constant_in_silence():
    y = player(finish_nam(fresh_nam("lstm", 48000, 3)))(np.zeros((1, 500), np.float32))
    assert np.ptp(y) <= AMP_SAMPLES


@pytest.mark.parametrize("size", ["a2-lite", "a2-full"])
def test_an_a2_keeps_its_sound_at_the_gain_that_players_are_fast_for(size):
    nam = fresh_nam(size, 48000, 3)
    weights = nam.weights.copy()
    weights[-1] = 0.37
    louder = replace(nam, weights=weights, config={**nam.config, "head_scale": 0.37})
    finished = finish_nam(louder)
    assert finished.config == nam.config
    assert finished.config["head_scale"] == 0.01
    assert finished.weights[-1] == np.float32(0.01)
    assert null_db(player(finished)(take()), player(louder)(take())) < MOVED_GAIN_DB


@pytest.mark.parametrize("size", ["a2-lite", "a2-full"])
def test_an_a2_has_the_shape_that_players_look_for(size):
    """What NeuralAmpModelerCore's `is_a2_shape` asks of a file, key by key; finishing keeps it."""
    config = fresh_nam(size, 48000, 1).to_dict()["config"]
    (array,) = config["layers"]
    assert (config["head"], config["head_scale"], config.get("in_channels", 1)) == (None, 0.01, 1)
    assert (array["input_size"], array["condition_size"]) == (1, 1)
    assert array["channels"] == array["bottleneck"] == {"a2-lite": 3, "a2-full": 8}[size]
    assert array["kernel_sizes"] == [6] * 14 + [15] * 2 + [6] * 7
    octaves = [1, 3, 7, 17, 41, 101, 239]
    assert array["dilations"] == [*octaves, *octaves, 1, 13, *octaves]
    assert array["activation"] == [{"type": "LeakyReLU", "negative_slope": 0.01}] * 23
    assert (array["gating_mode"], array["secondary_activation"]) == (["none"] * 23, [None] * 23)
    assert (array["head1x1"]["active"], array["layer1x1"]) == (False, {"active": True, "groups": 1})
    assert array["head"] == {"out_channels": 1, "kernel_size": 16, "bias": True}
    assert not any(array[place]["active"] for place in FILM_PLACES)
    assert (array["groups_input"], array["groups_input_mixin"], array["slimmable"]) == (1, 1, None)


def test_a_first_generation_wavenet_is_left_as_it_is():
    nam = fresh_nam("nano", 44100, 3)
    finished = finish_nam(nam)
    assert replace(finished, metadata={}).to_dict() == nam.to_dict()


def test_what_is_known_is_written_and_read_back():
    gear = Gear("Plexi", "me", "amp_cab", "Marshall", "1959", "crunch", 12.0, -3.0)
    finished = finish_nam(fresh_nam("nano", 48000, 3), gear, Training(0.0123, 10.0, 335.25, -1), WHEN)
    assert finished.metadata["date"] == {"year": 2026, "month": 11, "day": 20, "hour": 12, "minute": 30, "second": 5}
    training = finished.metadata["training"]
    assert training["validation_esr"] == 0.0123
    assert {key: training["mixassist"][key] for key in ("esr", "minutes", "delay_samples", "polarity")} == {
        "esr": 0.0123,
        "minutes": 10.0,
        "delay_samples": 335.25,
        "polarity": -1,
    }
    facts = facts_of_nam(nam_from_dict(finished.to_dict(), "plexi.nam"), "plexi.nam")
    assert (facts.name, facts.modeled_by, facts.gear_type, facts.gear_make) == ("Plexi", "me", "amp_cab", "Marshall")
    assert (facts.input_level_dbu, facts.output_level_dbu, facts.validation_esr) == (12.0, -3.0, 0.0123)
    assert facts.loudness_db is not None


def test_what_is_unknown_is_left_out():
    assert nam_metadata(None, when=WHEN).keys() == {"date"}


def test_a_type_that_players_do_not_know_is_refused():
    with pytest.raises(OptionError, match=r"gear_type 'toaster' is unknown to \.nam players: take one of amp, pedal"):
        Gear(gear_type="toaster")
