"""The layers of `LiteNet`, each against arithmetic written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from separation.net_layers import BandBlock, BandLinear, Reach, SongBlock, TimeBlock


@pytest.fixture(autouse=True)
def _seeded() -> None:
    torch.manual_seed(0)


def noise(rng, *shape: int) -> torch.Tensor:
    return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))


def test_band_linear_is_one_matrix_per_band(rng):
    layer, rows = BandLinear(3, 5, 2), noise(rng, 3, 7, 5)
    expected = [row @ weight + bias for row, weight, bias in zip(rows, layer.weight, layer.bias, strict=True)]
    torch.testing.assert_close(layer(rows), torch.stack(expected))


@pytest.mark.parametrize("is_causal", [False, True])
@pytest.mark.parametrize("dilation", [1, 3])
def test_reach_adds_up_three_frames_a_dilation_apart(rng, dilation, is_causal):
    layer, rows = Reach(4, 5, dilation, is_causal).eval(), noise(rng, 2, 9, 4)
    offsets = (-2 * dilation, -dilation, 0) if is_causal else (-dilation, 0, dilation)
    expected = layer.bias.expand(2, 9, 5).clone()
    for tap, offset in enumerate(offsets):
        for frame in range(9):
            if 0 <= frame + offset < 9:
                expected[:, frame] += rows[:, frame + offset] @ layer.weight[:, :, 0, tap].T
    torch.testing.assert_close(layer(rows), expected)
    torch.testing.assert_close(layer.train()(rows), expected)


def test_a_state_is_the_last_frames_seen_and_is_used_up_in_order(rng):
    layer, rows = Reach(4, 5, 2, is_causal=True).eval(), noise(rng, 2, 3, 4)
    past, other = noise(rng, 2, layer.n_past, 4), noise(rng, 1)
    states = [past, other]
    layer(rows, states)
    assert states[0] is other
    torch.testing.assert_close(states[1], torch.cat([past, rows], dim=1)[:, -layer.n_past :])


@pytest.mark.parametrize(
    "block",
    [TimeBlock(6, 8, 1, False), BandBlock(6, 5, 4), SongBlock((6, 5, 2, 7), (1, 2), False)],
    ids=["time", "band", "song"],
)
def test_blocks_add_to_what_they_get(rng, block):
    features = noise(rng, 5, 2, 9, 6)
    for parameter in block.parameters():
        torch.nn.init.zeros_(parameter)
    torch.testing.assert_close(block(features), features)


def test_band_block_treats_frames_and_features_alike(rng):
    block, features = BandBlock(6, 5, 4).eval(), noise(rng, 5, 2, 9, 6)
    turned = block(features.flip(2)).flip(2)
    torch.testing.assert_close(block(features), turned)
