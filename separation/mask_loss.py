"""The loss that `LiteNet` is trained with.

This module is a door of torch.

Conventions:
    B batch, S stems, T frames, F bins; the first axis of spectra is real and imaginary part.
"""

from __future__ import annotations

from torch import Tensor


def mask_loss(logits: Tensor, stems: Tensor) -> Tensor:
    """Error of the masks softmax(`logits`) [B, S, 2, T, F] on the sum of `stems` [2, B, S, 2, T, F].

    The mean absolute complex error, which follows the SDR, and half of the mean error of square-rooted magnitudes,
    which hears quiet bins too. Each enters as the logarithm of its share in the mix, per example and stem, so that a
    quiet stem counts as much as a loud one; the floor of 0.05 keeps silent stems from counting for more.
    """
    mask = logits.float().softmax(dim=1)
    mix = stems.sum(dim=2, keepdim=True)
    size = (mix.square().sum(dim=0) + 1e-6).sqrt()
    error = ((mask * mix - stems).square().sum(dim=0) + 1e-4).sqrt()
    root = (stems.square().sum(dim=0) + 1e-6).sqrt().sqrt()
    quiet = ((mask * size + 1e-3).sqrt() - root).abs()
    return _log_share(error, size) + 0.5 * _log_share(quiet, size.sqrt())


def _log_share(error: Tensor, size: Tensor) -> Tensor:
    over = (2, 3, 4)
    return (error.mean(dim=over) / (size.mean(dim=over) + 1e-3) + 0.05).log().mean()
