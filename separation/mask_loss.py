"""The loss that `LiteNet` is trained with.

This module is a door of torch.

Conventions:
    B batch, S stems, T frames, F bins; the first axis of spectra is real and imaginary part.
"""

from __future__ import annotations

from torch import Tensor

SPECTRUM_FLOOR = 0.003
ROOT_FLOOR = 0.01
ROOT_WEIGHT = 0.5
STEM_WEIGHTS = (0.9, 0.9, 0.9, 1.3)
"""Drums, bass, other, vocals: voices are hardest to learn, and what people listen to."""


def mask_loss(logits: Tensor, stems: Tensor) -> Tensor:
    """Error of the masks softmax(`logits`) [B, S, 2, T, F] on the sum of `stems` [2, B, S, 2, T, F].

    The energy of the complex error, which is what the SDR counts, and half of that of the error of square-rooted
    magnitudes, which hears quiet bins too. Each enters as the logarithm of its share in the mix, per example and
    stem, so that a quiet stem counts as much as a loud one, vocals for somewhat more; the floors keep silent stems
    from counting for more. Squared errors ask for the mean of what a bin may hold; absolute ones would ask for its
    median, which for vocals and drums is silence for as long as the network is unsure.
    """
    mask = logits.float().softmax(dim=1)
    mix = stems.sum(dim=2, keepdim=True)
    power = mix.square().sum(dim=0)
    error = (mask * mix - stems).square().sum(dim=0)
    size = (power + 1e-6).sqrt()
    root = (stems.square().sum(dim=0) + 1e-6).sqrt().sqrt()
    quiet = ((mask * size + 1e-3).sqrt() - root).square()
    return _log_share(error, power, SPECTRUM_FLOOR) + ROOT_WEIGHT * _log_share(quiet, size, ROOT_FLOOR)


def _log_share(error: Tensor, size: Tensor, floor: float) -> Tensor:
    over = (2, 3, 4)
    shares = (error.mean(dim=over) / (size.mean(dim=over) + 1e-3) + floor).log()
    return (shares * shares.new_tensor(STEM_WEIGHTS)).mean()
