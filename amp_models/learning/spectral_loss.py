"""The multi-resolution spectral loss of torch, equal to auraloss' own with its defaults.

Conventions:
    Magnitudes of Hann windows, padded by reflection, floored at 1e-8 in power. For each resolution the spectral
    convergence ‖|Y| - |X|‖ / ‖|Y|‖ over all bins, and the mean distance of their logarithms; mean over resolutions.

References:
    R. Yamamoto, E. Song, J.-M. Kim, "Parallel WaveGAN", ICASSP 2020, eqs. 3-6;
    C. Steinmetz, J. Reiss, "auraloss", DMRN+15, 2020, whose resolutions everybody took over.

This module is a door of torch.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Signal = NDArray[np.float32]

RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
"""FFT size, hop and window, in samples."""

FLOOR = 1e-8


def spectral_loss(answer: Signal, truth: Signal) -> tuple[float, Signal]:
    """The loss of `answer` [n] against `truth` [n], and its gradient along each sample of the answer [n]."""
    known = torch.from_numpy(np.ascontiguousarray(answer)).requires_grad_()
    loss = multi_resolution_loss(known, torch.from_numpy(np.ascontiguousarray(truth)))
    (gradient,) = torch.autograd.grad(loss, known)
    along: Signal = gradient.numpy()
    return float(loss.detach()), along


def multi_resolution_loss(answer: Tensor, truth: Tensor) -> Tensor:
    """The loss as a tensor, for signals [n]."""
    losses = []
    for n_fft, hop, n_window in RESOLUTIONS:
        window = torch.hann_window(n_window, dtype=answer.dtype)
        heard, meant = (_magnitude(signal, n_fft, hop, window) for signal in (answer, truth))
        convergence = (meant - heard).norm() / meant.norm()
        losses.append(convergence + (heard.log() - meant.log()).abs().mean())
    return torch.stack(losses).mean()


def _magnitude(signal: Tensor, n_fft: int, hop: int, window: Tensor) -> Tensor:
    spectrum = torch.stft(signal, n_fft, hop, window.numel(), window, return_complex=True)
    power = spectrum.real**2 + spectrum.imag**2
    return power.clamp(min=FLOOR).sqrt()
