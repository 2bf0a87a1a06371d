"""The network of `lite`: its masks, its reach, its graph."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from mixassist.dsp.scores import null_db
from mixassist.runtime import open_session
from mixassist.runtime.artifact import ModelCard
from separation.lite_artifact import export_lite, lite_spec
from separation.net import BandLinear, LiteNet, LiteOptions, build_lite, compress, masks
from tests.tolerances import ENGINE_FP32_DB

TINY = LiteOptions(bands=((3, 2), (2, 8)), n_features=8, n_hidden=12, n_band_hidden=6, dilations=(1, 2), n_averaged=4)
N_BINS, N_FRAMES = 33, 20


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


def test_a_frame_is_heard_as_far_as_the_dilations_reach(net, magnitude):
    reach, changed = sum(TINY.dilations), magnitude.copy()
    changed[:, :, :, 10] *= 2
    touched = np.flatnonzero(np.abs(masks(net, changed) - masks(net, magnitude)).max(axis=(0, 1, 2, 3)))
    assert touched.min() == 10 - reach
    assert touched.max() == 10 + reach


def test_examples_of_a_batch_do_not_meet(net, magnitude):
    alone = masks(net, magnitude[1:])
    np.testing.assert_allclose(masks(net, magnitude)[1:], alone, atol=1e-6)


def test_band_linear_is_one_matrix_per_band(rng):
    layer, rows = BandLinear(3, 5, 2), torch.from_numpy(rng.standard_normal((3, 7, 5)).astype(np.float32))
    expected = torch.stack(
        [row @ weight + bias for row, weight, bias in zip(rows, layer.weight, layer.bias, strict=True)]
    )
    torch.testing.assert_close(layer(rows), expected)


def test_compress_flattens_below_its_floor_and_follows_the_log_above():
    level = compress(torch.tensor([0.0, 1e-6, 30.0, 60.0]))
    assert level[1] - level[0] < 1e-4
    assert float(level[3] - level[2]) == pytest.approx(np.log(2), abs=1e-3)


def test_shipped_size_covers_the_bands_it_says():
    options = LiteOptions()
    assert options.n_bins == 1408
    assert options.n_bins * 44_100 / 4096 == pytest.approx(15_159, abs=1)


def test_options_survive_json():
    assert LiteOptions.from_dict(json.loads(json.dumps(dataclasses.asdict(TINY)))) == TINY


@pytest.mark.parametrize("engine", ["torch", "onnxruntime", "openvino"])
def test_artifact_gives_the_golden_masks_on_every_engine(net, tmp_path, engine):
    spec = lite_spec(TINY, n_fft=2 * (N_BINS - 1), n_frames=N_FRAMES)
    artifact = export_lite(net, spec, ModelCard("tiny", "none"), {"CARD.md": "# tiny"}, tmp_path / "tiny")
    golden = artifact.golden()
    session = open_session(artifact, engine, "fp32", n_threads=1, torch_builder="separation.net:build_lite")
    assert null_db(session.run(golden.inputs)["mask"], golden.outputs["mask"]) < ENGINE_FP32_DB
    assert artifact.has("CARD.md")


def test_build_lite_has_the_rounded_weights_of_the_exported_network(net, magnitude, tmp_path):
    spec = lite_spec(TINY, n_fft=2 * (N_BINS - 1), n_frames=N_FRAMES)
    artifact = export_lite(net, spec, ModelCard("tiny", "none"), {}, tmp_path / "tiny")
    np.testing.assert_array_equal(masks(build_lite(artifact), magnitude), masks(net, magnitude))
