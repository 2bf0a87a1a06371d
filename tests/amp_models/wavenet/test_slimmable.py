"""Slimmable WaveNets: each width is the full network whose other channels are nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from amp_models.nam.facts import facts_of_nam
from amp_models.nam.format import Nam, choose_model, nam_from_dict, size_limits
from amp_models.nam.net import build_layer, player, wavenet_nam
from amp_models.wavenet.net import WaveNet
from amp_models.wavenet.schema import parse_wavenet, write_wavenet
from mixassist.errors import ModelError, OptionError
from tests.amp_models.numpy_amp import render
from tests.amp_models.random_nams import WAVENETS, draw, nam, new
from tests.tolerances import AMP_SAMPLES

HALVES = {"method": "slice_channels_uniform", "kwargs": {"allowed_channels": [1, 3, 4]}}


def slimmable(slimming: dict[str, Any] = HALVES, **changes: Any) -> Nam:
    config = new(slimmable=slimming, **changes)
    data = nam("WaveNet", config, draw(config, 3), "0.7.0") | {"metadata": {"name": "Wide", "loudness": -20.0}}
    return nam_from_dict(data, "wide.nam")


def take() -> np.ndarray:
    return 0.5 * np.random.default_rng(3).standard_normal((1, 300)).astype(np.float32)


def without_channels(model: Nam, n_kept: int) -> dict[str, Any]:
    """The file of the whole network with nothing going in or out of all but the first channels."""
    layer, *_ = build_layer(model)
    assert isinstance(layer, WaveNet)
    with torch.no_grad():
        for parameter in layer.own_parameters():
            for axis in range(min(parameter.ndim, 2)):
                if parameter.shape[axis] == 4:
                    parameter.index_fill_(axis, torch.arange(n_kept, 4), 0)
    return wavenet_nam(layer, parse_wavenet(model.config), {}, 48000).to_dict()


@pytest.mark.parametrize(("size", "n_kept"), [(0.0, 1), (0.32, 1), (0.34, 3), (0.5, 3), (0.67, 4), (1.0, 4)])
def test_a_width_is_the_whole_without_the_other_channels(size, n_kept):
    activation = ["Tanh", {"type": "LeakyReLU", "negative_slope": 0.2}, "SiLU"]
    model = slimmable(activation=activation)
    narrow = choose_model(model, size)
    assert parse_wavenet(narrow.config).arrays[0].n_channels == n_kept
    expected = render(without_channels(model, n_kept), take()[0])
    np.testing.assert_allclose(player(narrow)(take())[0], expected, atol=AMP_SAMPLES)
    assert np.abs(expected).max() > 1e-3


def test_without_a_size_it_is_the_whole_network():
    model = slimmable()
    assert choose_model(model) is model
    assert choose_model(model, 1.0).weights.tolist() == model.weights.tolist()
    np.testing.assert_array_equal(player(model)(take()), player(choose_model(model, 1.0))(take()))


def test_the_sizes_are_told_and_what_was_measured_of_the_whole_is_not_told_of_a_part():
    model = slimmable()
    assert size_limits(model) == (1 / 3, 2 / 3, 1)
    whole, part = facts_of_nam(model, "wide"), facts_of_nam(model, "wide", 0.5)
    assert (whole.sizes, whole.loudness_db, part.loudness_db, part.name) == ((1 / 3, 2 / 3, 1), -20.0, None, "Wide")
    assert part.n_weights < whole.n_weights


def test_all_widths_are_allowed_where_none_are_listed():
    model = slimmable({"method": "slice_channels_uniform", "kwargs": {}})
    assert size_limits(model) == (0.25, 0.5, 0.75, 1)


def test_widths_are_written_as_they_came():
    config = slimmable().config
    assert write_wavenet(parse_wavenet(config), is_legacy=False)["layers"][0]["slimmable"] == HALVES
    assert write_wavenet(parse_wavenet(WAVENETS["new"]), is_legacy=False)["layers"][0]["slimmable"] is None


def test_arrays_are_slimmed_together():
    """What one array hands to the next is as narrow as that one."""
    wide, narrow = new()["layers"][0], new(input_size=4)["layers"][0]
    wide = wide | {"head": {"out_channels": 4, "kernel_size": 1, "bias": False}}
    config = {"layers": [wide | {"slimmable": HALVES}, narrow | {"slimmable": HALVES}], "head": None, "head_scale": 0.5}
    model = nam_from_dict(nam("WaveNet", config, draw(config, 3), "0.7.0"), "two.nam")
    for size, n_kept in ((0.1, 1), (0.5, 3)):
        plain = [{**layer, "activation": ["Tanh"] * 3} for layer in config["layers"]]
        tanh = nam_from_dict(nam("WaveNet", config | {"layers": plain}, model.weights.tolist(), "0.7.0"), "two.nam")
        expected = render(without_channels(tanh, n_kept), take()[0])
        np.testing.assert_allclose(player(choose_model(tanh, size))(take())[0], expected, atol=AMP_SAMPLES)


def test_gated_layers_are_cut_as_players_cut_them():
    """They take the first of both halves together, whatever stands in the middle then."""
    both = {"gating_mode": ["gated"] * 3, "secondary_activation": ["Sigmoid"] * 3}
    narrow = choose_model(slimmable(**both), 0.1)
    assert narrow.config["layers"][0]["channels"] == 1
    whole, *_ = build_layer(slimmable(**both))
    part, *_ = build_layer(narrow)
    first, cut = (net.arrays[0].layers[0].convolution.convolution.weight for net in (whole, part))
    assert torch.equal(cut, first[:2, :1])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"groups_input": 2}, "cannot be slimmed: leave the size out"),
        ({"activation": [{"type": "PReLU", "negative_slopes": [0.1] * 4}] * 3}, "cannot be slimmed"),
        ({"slimming": {"method": "by_hand"}}, "slimming by 'by_hand' is unknown"),
        ({"slimming": {"method": "slice_channels_uniform", "kwargs": {"allowed_channels": [4, 2]}}}, "do not rise"),
    ],
)
def test_what_cannot_be_slimmed_says_why(changes, message):
    with pytest.raises(ModelError, match=message):
        choose_model(slimmable(**changes), 0.5)


def test_too_few_weights_are_told():
    model = slimmable()
    short = nam_from_dict(model.to_dict() | {"weights": [0.5] * 7}, "short.nam")
    with pytest.raises(ModelError, match="the file holds 7 weights, its WaveNet takes"):
        choose_model(short, 0.5)


def test_a_wavenet_of_one_width_has_no_sizes():
    with pytest.raises(OptionError, match="is one WaveNet, with no sizes"):
        choose_model(nam_from_dict(nam("WaveNet", new(), draw(new(), 1), "0.7.0"), "one.nam"), 0.5)
