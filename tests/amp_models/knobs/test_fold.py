"""Knobs folded into biases: the same sound, in a file that every player reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from amp_models.knobs.fold import fold
from amp_models.nam.format import Nam, nam_from_dict, submodels
from amp_models.nam.fresh import fresh_nam
from amp_models.nam.net import build_layer, build_net
from mixassist.errors import ModelError
from mixassist.runtime.layers.rest import settle
from tests.amp_models.numpy_amp import render
from tests.amp_models.random_nams import WAVENETS, draw, lstm, wavenet
from tests.tolerances import AMP_SAMPLES

VALUES = (0.3, 0.9)
SIZES = ("nano", "feather", "a2-lite", "lstm")


def knobbed(size: str) -> Nam:
    """A network of two knobs that is loud enough to be compared."""
    nam = fresh_nam(size, 48000, 1, n_knobs=2)
    return replace(nam, weights=np.append(nam.weights[:-1], np.float32(1.0))) if size != "lstm" else nam


def take(n_frames: int = 600) -> np.ndarray:
    return (0.3 * np.random.default_rng(3).standard_normal(n_frames)).astype(np.float32)


@torch.no_grad()
def played(nam: Nam, values: tuple[float, ...], x: np.ndarray, n_before: int = 0) -> np.ndarray:
    """What the network with knobs makes of `x`, at rest for its setting or after some silence."""
    layer, *_ = build_layer(nam)
    settle(layer, [0.0, *values])
    audio = torch.from_numpy(np.pad(x, (n_before, 0)))[None, None]
    turned = torch.tensor(values)[None, :, None].expand(1, -1, audio.shape[-1])
    return layer(torch.cat([audio, turned], dim=1), *layer.zeros())[0][0, 0, n_before:].numpy()


@pytest.mark.parametrize("size", SIZES)
def test_folded_it_sounds_the_same(size):
    nam, x = knobbed(size), take()
    # An LSTM's own first states are those of another setting; it has settled after a while.
    expected = played(nam, VALUES, x, n_before=20000 if size == "lstm" else 0)
    folded = fold(nam, VALUES)
    assert np.abs(expected).max() > 0.01
    limit = AMP_SAMPLES * max(1, np.abs(expected).max())
    with torch.inference_mode():
        found = build_net(folded).run_whole(torch.from_numpy(x)[None, None])[0, 0].numpy()
    assert np.abs(found - expected).max() <= limit
    assert np.abs(render(folded.to_dict(), x) - expected).max() <= limit
    assert np.abs(fold(nam, (0.9, 0.3)).weights - folded.weights).max() > 0.01


@pytest.mark.parametrize("size", SIZES)
def test_folded_it_is_a_file_like_any_other(size):
    folded, plain = fold(knobbed(size), VALUES), fresh_nam(size, 48000, 1)
    assert nam_from_dict(folded.to_dict(), "folded.nam").to_dict() == folded.to_dict()
    assert (folded.version, folded.weights.size) == (plain.version, plain.weights.size)
    assert {**folded.config, "head_scale": 0} == {**plain.config, "head_scale": 0}


def test_both_models_of_a_container_are_folded():
    nam = fresh_nam("a2", 48000, 1, n_knobs=2)
    (_, lite), (_, full) = submodels(nam)
    folded = submodels(fold(nam, VALUES))
    for (_, found), expected in zip(folded, (lite, full), strict=True):
        np.testing.assert_array_equal(found.weights, fold(expected, VALUES).weights)


def test_gates_hear_knobs_too():
    config = WAVENETS["legacy gated"]
    layers = [layer | {"condition_size": 3} for layer in config["layers"]]
    config = config | {"layers": layers, "in_channels": 3}
    nam = Nam("WaveNet", config, np.array(draw(config, 1), np.float32))
    x = take()
    found = render(fold(nam, VALUES).to_dict(), x)
    assert np.abs(found - played(nam, VALUES, x)).max() <= AMP_SAMPLES


def test_what_is_said_of_one_setting_does_not_stay():
    nam = replace(knobbed("nano"), metadata={"name": "Box", "loudness": -18.0, "gain": 0.5})
    assert fold(nam, VALUES).metadata == {"name": "Box"}


@pytest.mark.parametrize(
    ("nam", "values", "message"),
    [
        (knobbed("nano"), (0.5,), "the model has 2 knobs, 1 are set"),
        (nam_from_dict(lstm(), "lstm"), (0.5,), "the model has 0 knobs, 1 are set"),
        (nam_from_dict(wavenet("condition"), "c"), (), "knobs do more than move biases"),
        (replace(knobbed("nano"), weights=np.zeros(9, np.float32)), VALUES, "holds 9 weights, its WaveNet takes"),
        (replace(knobbed("nano"), architecture="Linear"), VALUES, "a Linear has no knobs"),
    ],
)
def test_what_cannot_be_folded_says_so(nam, values, message):
    with pytest.raises(ModelError, match=message):
        fold(nam, values)
