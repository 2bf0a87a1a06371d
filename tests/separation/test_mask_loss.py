"""The loss of masks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from separation.mask_loss import ROOT_FLOOR, ROOT_WEIGHT, SPECTRUM_FLOOR, mask_loss

FLOOR = np.log(SPECTRUM_FLOOR) + ROOT_WEIGHT * np.log(ROOT_FLOOR)
"""What no error gives."""


@pytest.fixture
def share(rng) -> torch.Tensor:
    """Shares [2, 4, 2, 6, 5] of the stems in each bin."""
    return torch.from_numpy(rng.dirichlet(np.ones(4), (2, 2, 6, 5)).astype(np.float32)).permute(0, 4, 1, 2, 3)


@pytest.fixture
def mix(rng) -> torch.Tensor:
    """A mix [2, 2, 1, 2, 6, 5] in real and imaginary parts."""
    return torch.from_numpy(10 * rng.standard_normal((2, 2, 1, 2, 6, 5)).astype(np.float32))


def test_loss_is_near_its_floor_for_the_right_masks_and_larger_for_others(share, mix):
    assert mask_loss(share.log(), share * mix) == pytest.approx(FLOOR, abs=0.2)
    assert mask_loss(share.log().roll(1, dims=1), share * mix) > FLOOR + 1


def test_a_quiet_stem_counts_as_much_as_a_loud_one(share, mix):
    """Two stems of four are right; which two, the loud or the quiet, does not matter when they are far apart."""
    tiny = torch.tensor([1.0, 1.0, 1e-4, 1e-4]).reshape(1, 4, 1, 1, 1)
    stems = share * tiny * mix
    right = (stems.square().sum(dim=0) / stems.sum(dim=2, keepdim=True).square().sum(dim=0)).sqrt().log()
    without_loud, without_quiet = right.clone(), right.clone()
    without_loud[:, :2] = right[:, :2].flip(1)
    assert mask_loss(without_loud, stems) > mask_loss(right, stems) + 0.3
    without_quiet[:, 2:] += 8
    assert mask_loss(without_quiet, stems) > mask_loss(right, stems) + 0.3


def test_silence_is_finite_and_so_is_its_gradient(share):
    logits = share.log().requires_grad_()
    loss = mask_loss(logits, torch.zeros(2, 2, 4, 2, 6, 5))
    loss.backward()
    assert torch.isfinite(loss)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


def test_bfloat16_logits_are_judged_in_full_precision(share, mix):
    exact = mask_loss(share.log(), share * mix)
    assert mask_loss(share.log().bfloat16(), share * mix) == pytest.approx(float(exact), abs=0.05)
