"""The network of `lite`: its masks, its reach, its streaming."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from mixassist.dsp.scores import null_db
from separation.net import LIVE, LiteNet, LiteOptions, compress, masks, round_to_half
from tests.tolerances import FP16_DB, STREAM_FLOAT64_DB

TINY = LiteOptions(
    n_fft=64,
    hop=16,
    bands=((3, 2), (2, 8)),
    n_features=8,
    n_hidden=12,
    n_band_hidden=6,
    dilations=(1, 2),
    song_dilations=((1, 2),),
    song_every=2,
    n_squeezed=3,
    n_song=10,
    n_averaged=4,
)
N_BINS, N_FRAMES = 33, 24


def causal_net() -> LiteNet:
    torch.manual_seed(0)
    return LiteNet(dataclasses.replace(TINY, is_causal=True)).double().eval()


@pytest.fixture
def net() -> LiteNet:
    torch.manual_seed(0)
    return LiteNet(TINY).eval()


@pytest.fixture
def magnitude(rng) -> np.ndarray:
    return rng.exponential(size=(2, 4, N_BINS, N_FRAMES)).astype(np.float32)


def test_masks_sum_to_one_over_the_stems(net, magnitude):
    mask = masks(net, magnitude)
    assert mask.shape == (2, 4, 2, N_BINS, N_FRAMES)
    assert mask.min() >= 0
    np.testing.assert_allclose(mask.sum(axis=1), 1, atol=1e-6)


def test_bins_above_the_bands_share_the_mean_of_the_bins_below(net, magnitude):
    mask, n_known = masks(net, magnitude), TINY.n_bins
    below = mask[:, :, :, n_known - TINY.n_averaged : n_known].mean(axis=3, keepdims=True)
    np.testing.assert_allclose(
        mask[:, :, :, n_known:], np.broadcast_to(below, mask[:, :, :, n_known:].shape), atol=1e-6
    )


@pytest.mark.parametrize("is_causal", [False, True])
def test_a_frame_is_heard_as_far_as_the_dilations_reach(magnitude, is_causal):
    torch.manual_seed(0)
    net, changed = LiteNet(dataclasses.replace(TINY, is_causal=is_causal)).eval(), magnitude.copy()
    changed[:, :, :, 11] *= 2
    reach = sum(TINY.dilations) + sum(map(sum, TINY.song_dilations))
    touched = np.flatnonzero(np.abs(masks(net, changed) - masks(net, magnitude)).max(axis=(0, 1, 2, 3)))
    assert touched.min() == (11 if is_causal else 11 - reach)
    assert touched.max() == 11 + reach * (2 if is_causal else 1)


def test_examples_of_a_batch_do_not_meet(net, magnitude):
    alone = masks(net, magnitude[1:])
    np.testing.assert_allclose(masks(net, magnitude)[1:], alone, atol=1e-6)


def test_all_bands_hear_of_each_other(net, magnitude):
    changed = magnitude.copy()
    changed[:, :, 0] *= 2
    assert np.abs(masks(net, changed) - masks(net, magnitude))[:, :, :, TINY.n_bins - 1].max() > 0


@pytest.mark.parametrize("cuts", [(1,) * N_FRAMES, (5, 1, 2, 16), (N_FRAMES,)], ids=["singly", "any", "whole"])
@torch.inference_mode()
def test_a_stream_gives_the_masks_of_the_whole(rng, cuts):
    net = causal_net()
    magnitude = torch.from_numpy(rng.exponential(size=(1, 4, N_BINS, N_FRAMES)))
    rows = [TINY.n_bands] * len(TINY.dilations) + [1] * len(TINY.song_dilations[0])
    past = [
        torch.zeros(n_rows, reach.n_past, reach.weight.shape[1], dtype=torch.float64)
        for n_rows, reach in zip(rows, net.reaches, strict=True)
    ]
    heard = []
    for piece in magnitude.split(cuts, dim=-1):
        mask, *past = net.stream(piece, *past)
        heard.append(mask)
    assert null_db(torch.cat(heard, dim=-1).numpy(), net(magnitude).numpy()) < STREAM_FLOAT64_DB


def test_training_and_evaluation_compute_the_same(net, magnitude):
    shown = torch.from_numpy(magnitude)
    torch.testing.assert_close(net.train()(shown), net.eval()(shown), atol=1e-5, rtol=1e-4)


def test_compress_flattens_below_its_floor_and_follows_the_log_above():
    level = compress(torch.tensor([0.0, 1e-6, 30.0, 60.0]))
    assert level[1] - level[0] < 1e-4
    assert float(level[3] - level[2]) == pytest.approx(np.log(2), abs=2e-3)


def test_shipped_sizes_cover_the_bands_they_say():
    options = LiteOptions()
    assert options.n_bins == 1408
    assert options.n_bins * 44_100 / options.n_fft == pytest.approx(15_159, abs=1)
    assert LIVE.n_bins * 44_100 / LIVE.n_fft == pytest.approx(14_470, abs=10)
    assert LIVE.is_causal


@pytest.mark.parametrize("options", [TINY, LiteOptions(), LIVE], ids=["tiny", "lite", "live"])
def test_options_survive_json(options):
    assert LiteOptions.from_dict(json.loads(json.dumps(dataclasses.asdict(options)))) == options


def test_rounding_to_half_stays_near_and_leaves_what_is_returned(net, magnitude):
    before = masks(net, magnitude)
    weights = round_to_half(net)
    assert null_db(masks(net, magnitude), before) < FP16_DB
    for name, value in net.state_dict().items():
        np.testing.assert_array_equal(value.numpy(), weights[name].astype(np.float32))
