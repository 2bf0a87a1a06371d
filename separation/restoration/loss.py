"""The loss that the network of restoration is trained with.

This module is a door of torch.

Conventions: B batch, S parts, C channels, T frames, F bins; the first axis of spectra is real and imaginary part.
"""

from __future__ import annotations

import torch
from torch import Tensor

from separation.restoration.stream import NOISE, TAIL

SPECTRUM_FLOOR = 3e-3
"""What is left below -25 dB is good enough, and so is what is taken from sounds that have no tail and no noise. A lower
floor makes the network so careful with those that it takes nothing from any."""

ROOT_FLOOR = 0.01
ROOT_WEIGHT = 0.3


def restoration_loss(logits: Tensor, parts: Tensor, is_dry: bool, n_ahead: int) -> Tensor:
    """Error of the shares softmax(`logits`) [B, S, 1, T, F] on the sum of `parts` [2, B, S, C, T, F].

    Each of tail and noise is taken away by itself, as people will: the energy of the complex error of what is taken,
    against that of what is heard, which is what the SDR counts, and the error of the square-rooted magnitudes of what
    is left, which hears quiet bins too, both on a logarithmic scale. Squared errors ask for the mean of what a bin may
    hold. The tail of a sound that is not dry is not known, and not asked for.
    """
    n_frames = parts.shape[-2] - n_ahead
    share = logits[..., n_ahead:, :].float().softmax(dim=1)
    parts = parts[..., :n_frames, :]
    whole = parts.sum(dim=2)
    wanted = (TAIL, NOISE) if is_dry else (NOISE,)
    losses = [_part_loss(share[:, part], whole, parts[:, :, part]) for part in wanted]
    return torch.stack(losses).mean()


def _part_loss(share: Tensor, whole: Tensor, part: Tensor) -> Tensor:
    """For a share [B, 1, T, F] and spectra [2, B, C, T, F] of what is heard and of the part."""
    power = whole.square().sum(dim=0)
    error = (share * whole - part).square().sum(dim=0)
    size = (power + 1e-6).sqrt()
    rest = ((whole - part).square().sum(dim=0) + 1e-6).sqrt()
    quiet = (((1 - share) * size + 1e-3).sqrt() - rest.sqrt()).square()
    return _log_share(error, power, SPECTRUM_FLOOR) + ROOT_WEIGHT * _log_share(quiet, size, ROOT_FLOOR)


def _log_share(error: Tensor, size: Tensor, floor: float) -> Tensor:
    over = (1, 2, 3)
    return (error.mean(dim=over) / (size.mean(dim=over) + 1e-3) + floor).log().mean()
