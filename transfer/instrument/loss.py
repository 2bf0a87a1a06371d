"""What training makes small: differences of amplitudes first, differences of spectra then (a door of torch).

References:
    Engel et al. 2020, "DDSP", eq. 4: L1 of magnitudes and of their logarithms, over transforms of six lengths.
"""

from __future__ import annotations

import torch
from torch import Tensor

from transfer.instrument.design import QUIETEST_SHAPE

LENGTHS = (2048, 1024, 512, 256, 128, 64)
FAINTEST = 3e-5
"""Magnitude, per sum of the window, below which no difference counts: -90 dB."""


def shape_loss(shapes: Tensor, wanted: Tensor, weights: Tensor) -> Tensor:
    """Mean distance in nepers of shapes [B, S, K] to those `wanted`; frames count by `weights` [B, K].

    What is quieter than can be heard is as good as nothing, and loud partials count more than faint ones.
    """
    floor = torch.exp(torch.tensor(QUIETEST_SHAPE))
    distance = (torch.log(shapes.exp() + floor) - torch.log(wanted.exp() + floor)).abs()
    loudness = torch.sigmoid((wanted + 4) / 1.5) + 0.1
    return (distance * loudness * weights[:, None]).sum() / ((loudness * weights[:, None]).sum() + 1e-9)


def spectral_loss(made: Tensor, wanted: Tensor) -> Tensor:
    """Mean over six lengths of the distance of magnitudes plus that of their logarithms, of sounds [T].

    Magnitudes are taken relative to the loudest there is, so that quiet passages count as much.
    """
    losses = []
    for length in LENGTHS:
        mine, theirs = (_magnitudes(sound, length) for sound in (made, wanted))
        scale = theirs.mean() + 1e-4
        losses.append(
            (mine - theirs).abs().mean() / scale + ((mine + FAINTEST).log() - (theirs + FAINTEST).log()).abs().mean()
        )
    return torch.stack(losses).mean()


def _magnitudes(sound: Tensor, length: int) -> Tensor:
    window = torch.hann_window(length)
    spectrum = torch.stft(sound, length, length // 4, window=window, center=False, return_complex=True)
    return spectrum.abs() / window.sum()
