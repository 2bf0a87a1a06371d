"""Untrained networks: the sizes they claim, drawn as torch draws, and deaf to nothing that they are told."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from amp_models.nam.format import choose_model, nam_from_dict, submodels
from amp_models.nam.fresh import FRESH_SIZES, N_LSTM_CELLS, REMEMBERING, fresh_nam
from amp_models.nam.net import build_layer, build_net, player
from amp_models.wavenet.net import WaveNet
from amp_models.wavenet.schema import parse_wavenet
from mixassist.errors import OptionError
from tests.amp_models.numpy_amp import render
from tests.tolerances import AMP_SAMPLES

SINGLE = [size for size in FRESH_SIZES if size != "a2"]


@pytest.mark.parametrize("size", SINGLE)
def test_it_plays_and_is_read_back(size):
    nam = fresh_nam(size, 48000, 1)
    assert nam.version == ("0.7.0" if "a2" in size else "0.5.4")
    back = nam_from_dict(nam.to_dict(), "fresh.nam")
    assert back.to_dict() == nam.to_dict()
    x = 0.3 * torch.from_numpy(np.random.default_rng(0).standard_normal((1, 1, 300))).float()
    with torch.inference_mode():
        y = build_net(back).run_whole(x)
    assert torch.isfinite(y).all()
    assert y.std() > 1e-5


@pytest.mark.parametrize("size", SINGLE)
def test_its_file_is_what_numpy_reads(size):
    nam = fresh_nam(size, 48000, 1)
    x = 0.3 * np.random.default_rng(0).standard_normal(3000).astype(np.float32)
    np.testing.assert_allclose(player(nam)(x[None])[0], render(nam.to_dict(), x), atol=AMP_SAMPLES)


def test_a2_holds_both_its_models():
    nam = fresh_nam("a2", 44100, 1)
    (small, lite), (large, full) = submodels(nam)
    assert (small, lite.weights.size, large, full.weights.size) == (0.5, 1871, 1.0, 12146)
    assert nam.rate == lite.rate == full.rate == 44100
    assert choose_model(nam).weights.tolist() == full.weights.tolist()


def test_an_lstm_has_the_known_number_of_weights_and_remembers():
    nam = fresh_nam("lstm", 48000, 1)
    assert nam.weights.size == 2569
    biases = nam.weights[4 * N_LSTM_CELLS * (1 + N_LSTM_CELLS) :][: 4 * N_LSTM_CELLS].reshape(4, N_LSTM_CELLS)
    np.testing.assert_allclose(biases.mean(axis=1), [-REMEMBERING, REMEMBERING, 0, 0], atol=0.25)


@pytest.mark.parametrize("size", SINGLE)
def test_a_seed_is_one_network(size):
    first, again, other = (fresh_nam(size, 48000, seed).weights for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.01


@pytest.mark.parametrize("size", [size for size in SINGLE if size != "lstm"])
def test_weights_are_spread_as_torch_spreads_them(size):
    """Each tensor lies within torch's own bound, and fills it; a tensor of few weights fills it less."""
    config = parse_wavenet(fresh_nam(size, 48000, 1).config)
    drawn = torch.from_numpy(fresh_nam(size, 48000, 1).weights)
    *torch_own, gain = WaveNet(config).own_parameters()
    for own, mine in zip(torch_own, drawn[:-1].split([p.numel() for p in torch_own]), strict=True):
        if own.ndim == 3:
            bound = (own.shape[1] * own.shape[2]) ** -0.5
        assert mine.abs().max() <= bound
        assert own.abs().max() <= bound
        assert mine.numel() < 30 or mine.abs().max() > 0.8 * bound
    assert drawn[-1] == gain


@pytest.mark.parametrize("size", ["nano", "a2-lite", "lstm"])
def test_knobs_are_heard(size):
    layer, n_in, n_out = build_layer(fresh_nam(size, 48000, 1, n_knobs=2))
    assert (n_in, n_out) == (3, 1)
    x = torch.randn(1, 3, 200, generator=torch.Generator().manual_seed(2))
    turned = x.clone()
    turned[:, 2] += 0.7
    with torch.inference_mode():
        (before, *_), (after, *_) = (layer(each, *layer.zeros()) for each in (x, turned))
    assert (after - before).abs().max() > 1e-5


def test_knobs_of_a_wavenet_reach_it_through_the_condition_alone():
    config = parse_wavenet(fresh_nam("nano", 48000, 1, n_knobs=2).config)
    assert (config.n_in, config.arrays[0].n_in) == (3, 1)
    assert [array.n_condition for array in config.arrays] == [3, 3]


def test_an_unknown_size_is_told_from_the_known():
    with pytest.raises(OptionError, match="size 'huge' is unknown: take one of standard, lite"):
        fresh_nam("huge", 48000, 1)
