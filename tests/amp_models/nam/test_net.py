"""Every architecture against an independent reading in numpy, the traps of the format, streaming, and writing back."""

from __future__ import annotations

import copy
import json
from typing import Any

import numpy as np
import pytest
import torch

from amp_models.nam.facts import facts_of_nam
from amp_models.nam.format import choose_model, nam_from_dict, read_nam
from amp_models.nam.net import build_layer, build_net, lstm_nam, wavenet_nam
from amp_models.wavenet.net import WaveNet
from amp_models.wavenet.schema import parse_wavenet, write_wavenet
from mixassist import read_audio
from mixassist.errors import ModelError
from tests.amp_models.numpy_amp import render
from tests.amp_models.random_nams import EVERY, WAVENETS, container, lstm, nam, wavenet
from tests.runtime.layers.streaming import distance_db, in_blocks, noise, whole
from tests.tolerances import AMP_SAMPLES, STREAM_FLOAT64_DB

PUBLIC = ("A2", "lstm", "slimmable_container", "wavenet", "wavenet_a2_max", "wavenet_condition_dsp")


def take(n_frames: int = 400) -> np.ndarray:
    """Silence, then noise: what the network is at rest is heard first."""
    x = 0.5 * np.random.default_rng(3).standard_normal(n_frames)
    x[:50] = 0
    return x.astype(np.float32)


def played(model: dict[str, Any], x: np.ndarray) -> np.ndarray:
    net = build_net(choose_model(nam_from_dict(model, "test.nam")))
    with torch.inference_mode():
        return net.run_whole(torch.from_numpy(x)[None, None])[0, 0].numpy()


def error(model: dict[str, Any], x: np.ndarray) -> float:
    """Largest difference, against full scale or the peak where that is higher."""
    expected = render(model, x)
    assert np.abs(expected).max() > 1e-3
    return float(np.abs(played(model, x) - expected).max() / max(1, np.abs(expected).max()))


@pytest.mark.parametrize("name", EVERY)
def test_every_architecture_is_what_numpy_reads(name):
    assert error(EVERY[name], take()) <= AMP_SAMPLES


@pytest.mark.parametrize("name", PUBLIC)
def test_public_models_are_what_numpy_reads(name, shared_data):
    folder = shared_data / "amp" / "nam"
    x = read_audio(folder / "input.wav").samples[0][48000:72000]  # the first second is silent
    assert error(json.loads((folder / f"{name}.nam").read_text()), x) <= AMP_SAMPLES


@pytest.mark.parametrize("name", WAVENETS)
def test_biases_are_at_rest_from_the_first_sample(name):
    y = played(wavenet(name), np.zeros(64, np.float32))
    assert np.ptp(y) <= AMP_SAMPLES
    assert abs(y[0]) > 1e-4


@pytest.mark.parametrize("name", ["legacy", "films", "gates", "long head", "post head", "condition", "two lstms"])
@pytest.mark.parametrize("lengths", [[1] * 30, [64, 7, 1], [65]], ids=str)
def test_amps_do_not_depend_on_the_blocks(name, lengths):
    layer, *_ = build_layer(nam_from_dict(EVERY[name], name))
    x = noise(1, 120)
    assert distance_db(in_blocks(layer, x, lengths), whole(layer, x)) < STREAM_FLOAT64_DB


def test_the_last_weight_is_the_gain_whatever_the_config_says():
    model = wavenet("new")
    model["config"] = model["config"] | {"head_scale": 17.0}
    assert error(model, take()) <= AMP_SAMPLES
    halved = model | {"weights": [*model["weights"][:-1], model["weights"][-1] / 2]}
    np.testing.assert_allclose(played(halved, take()), played(model, take()) / 2, atol=AMP_SAMPLES)


def test_a_head_of_so_many_layers_is_read_too():
    head = {"channels": 3, "out_channels": 1, "activation": "ReLU"}
    counted = parse_wavenet(WAVENETS["new"] | {"head": head | {"num_layers": 2}})
    assert counted == parse_wavenet(WAVENETS["new"] | {"head": head | {"kernel_sizes": [1, 1]}})


def test_an_impulse_response_is_heard_first_tap_first():
    x = np.zeros(8, np.float32)
    x[0] = 1
    model = nam("Linear", {"receptive_field": 3, "bias": False}, [0.5, 0.25, 0.125])
    np.testing.assert_array_equal(played(model, x), [0.5, 0.25, 0.125, 0, 0, 0, 0, 0])


def test_of_a_container_the_largest_is_played_or_the_asked_size():
    model = container()
    small, large = (entry["model"] for entry in model["config"]["submodels"])
    np.testing.assert_array_equal(played(model, take()), played(large, take()))
    parsed = nam_from_dict(model, "test.nam")
    for size, expected in ((0.0, small), (0.49, small), (0.5, large), (1.0, large)):
        assert choose_model(parsed, size).weights.tolist() == expected["weights"]


@pytest.mark.parametrize("name", [name for name in WAVENETS if "legacy" in name])
def test_both_schemas_of_one_network_sound_the_same(name):
    model = wavenet(name)
    config = parse_wavenet(model["config"])
    assert write_wavenet(config, is_legacy=True) == model["config"]
    rewritten = model | {"version": "0.7.0", "config": write_wavenet(config, is_legacy=False)}
    assert parse_wavenet(rewritten["config"]) == config
    np.testing.assert_array_equal(played(rewritten, take()), played(model, take()))
    assert error(rewritten, take()) <= AMP_SAMPLES


@pytest.mark.parametrize("name", WAVENETS)
def test_a_wavenet_written_back_is_the_same(name):
    model = wavenet(name)
    layer, *_ = build_layer(nam_from_dict(model, name))
    assert isinstance(layer, WaveNet)
    config = parse_wavenet(model["config"])
    back = wavenet_nam(layer, config, {}, 48000)
    assert back.weights.tolist() == model["weights"]
    assert back.version == ("0.5.4" if "legacy" in name else "0.7.0")
    assert back.config["head_scale"] == model["weights"][-1]
    written = parse_wavenet(back.config)
    assert written.arrays == config.arrays
    assert (written.post_head, written.condition) == (config.post_head, config.condition)


@pytest.mark.parametrize("n_layers", [1, 2])
def test_an_lstm_written_back_is_the_same(n_layers):
    model = lstm(n_layers)
    layer, *_ = build_layer(nam_from_dict(model, "lstm"))
    back = lstm_nam(layer, {}, 48000)
    assert back.to_dict() == model


def test_the_config_of_a_public_a2_is_written_as_it_came(shared_data):
    """Its player takes the fast path for exactly these keys."""
    for entry in read_nam(shared_data / "amp" / "nam" / "A2.nam").config["submodels"]:
        config = entry["model"]["config"]
        assert write_wavenet(parse_wavenet(config), is_legacy=False) == config


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": [0.5] * 5}, r"the file holds 5 weights, its WaveNet takes \d+: it is damaged or cut off"),
        ({"config": {"head_scale": 1}}, r"a WaveNet's config cannot be read \(KeyError\('layers'\)\)"),
        ({"config": WAVENETS["new"] | {"layers": []}}, "a WaveNet has no layers"),
    ],
)
def test_a_network_that_cannot_be_says_why(change, message):
    with pytest.raises(ModelError, match=message):
        build_net(nam_from_dict(wavenet("new") | change, "test.nam"))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("channels", None, "config cannot be read"),
        ("dilations", [1, 2], "3 values for 2 layers"),
        ("gating_mode", "shut", "gating 'shut' is none of none, gated, blended"),
        ("activation", "Sine", "activation 'Sine' is unknown: known are Tanh"),
        ("groups_input", 3, "the WaveNet's config cannot be built .in_channels must be divisible by groups"),
    ],
)
def test_a_config_that_cannot_be_says_why(key, value, message):
    model = copy.deepcopy(wavenet("new"))
    model["config"]["layers"][0][key] = value
    with pytest.raises(ModelError, match=message):
        build_net(nam_from_dict(model, "test.nam"))


def test_a_network_of_several_channels_is_refused():
    array = WAVENETS["new"]["layers"][0] | {"input_size": 2, "condition_size": 2}
    config = WAVENETS["new"] | {"layers": [array], "in_channels": 2}
    n_weights = len(wavenet("new")["weights"]) + 4 + 3 * 4
    with pytest.raises(ModelError, match="makes 1 channels of 2: amps are mono"):
        build_net(nam_from_dict(nam("WaveNet", config, [0.1] * n_weights, "0.7.0"), "test.nam"))


@pytest.mark.parametrize(("inner", "reach"), [(lstm(), None), (wavenet("legacy"), 0), (EVERY["impulse response"], 0)])
def test_any_network_may_be_the_condition(inner, reach):
    """What the one hears back is heard by the other too, and an LSTM forgets gradually."""
    plain = wavenet("new")
    model = plain | {"config": plain["config"] | {"condition_dsp": inner}}
    build_layer(nam_from_dict(model, "test.nam"))
    own, alone, both = (facts_of_nam(nam_from_dict(one, "x"), "x").reach_samples for one in (plain, inner, model))
    assert both == (None if reach is None else own + alone - 1)
