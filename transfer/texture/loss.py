"""What training makes small for a texture: differences of waves in bands, and of spectra (a door of torch).

Waves are compared so that pitch and onsets are learned fast; they are what can be foreseen. Spectra are compared with
the noise in, so that hiss and breath are as loud as they were, whichever way their samples fall.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

LENGTHS = (2048, 1024, 512, 256, 128, 64)
FAINTEST = 3e-4
"""Magnitude relative to the level of a passage below which no difference counts."""

BAND_FLOOR = 0.03
"""Bands this far below the whole count less and less."""


def wave_loss(made: Tensor, wanted: Tensor) -> Tensor:
    """Mean distance of bands [B, n_bands, T], each relative to how loud it should be.

    Root mean squares, for the mean of absolute distances is smallest at silence while nothing is known.
    """
    levels = wanted.square().mean(dim=-1, keepdim=True).sqrt()
    floor = BAND_FLOOR * wanted.square().mean(dim=(-2, -1), keepdim=True).sqrt()
    far = ((made - wanted).square().mean(dim=-1, keepdim=True) + FAINTEST**2).sqrt()
    return (far / (levels + floor)).mean()


def spectra_loss(made: Tensor, wanted: Tensor, lengths: Sequence[int] = LENGTHS) -> Tensor:
    """Mean distance of magnitudes plus that of their logarithms, of sounds [B, T], over transforms of these lengths."""
    losses = []
    for length in lengths:
        mine, theirs = (_magnitudes(sound, length) for sound in (made, wanted))
        scale = theirs.mean(dim=(-2, -1), keepdim=True) + FAINTEST
        far = ((mine - theirs).abs() / scale).mean()
        losses.append(far + ((mine + FAINTEST).log() - (theirs + FAINTEST).log()).abs().mean())
    return torch.stack(losses).mean()


def _magnitudes(sound: Tensor, length: int) -> Tensor:
    window = torch.hann_window(length)
    spectrum = torch.stft(sound, length, length // 4, window=window, center=False, return_complex=True)
    return torch.view_as_real(spectrum).square().sum(dim=-1).add(1e-12).sqrt() * (8 / window.sum())
