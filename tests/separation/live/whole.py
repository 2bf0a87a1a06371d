"""A song separated in one piece, from the formulas: what every stream has to give, however it is cut."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mixassist.dsp.spectrum import hann
from separation.live.level import FLOOR, MEMORY_S
from separation.net import LiteNet
from separation.songs import RATE


@torch.inference_mode()
def separate_whole(net: LiteNet, song: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stems [S, 2, T] of `song` [2, T] in float64: all frames at once through the network's own forward."""
    n_fft, hop = net.options.n_fft, net.options.hop
    n_frames = -(-(song.shape[1] + n_fft) // hop)
    padded = np.zeros((2, n_fft - hop + n_frames * hop))
    padded[:, n_fft - hop : n_fft - hop + song.shape[1]] = song
    window = torch.from_numpy(hann(n_fft)).double()
    spectra = torch.stft(torch.from_numpy(padded), n_fft, hop, window=window, center=False, return_complex=True)
    left, right = spectra
    views = torch.stack([left, right, (left + right) / 2, (left - right) / 2]).abs()
    levels = torch.tensor(running_levels(np.square(padded[:, n_fft - hop :]).mean(axis=0).reshape(-1, hop)))
    masks = copy.deepcopy(net).double()(views[None] / levels)[0]
    return _overlapped((masks * spectra).numpy(), window.numpy(), hop)[..., n_fft - hop :][..., : song.shape[1]]


def running_levels(powers: NDArray[np.float64]) -> list[float]:
    """The level after each hop of powers [K, hop], means over channels: a mean at first, then one pole."""
    n_memory = max(1, round(MEMORY_S * RATE / powers.shape[1]))
    levels, heard, power = [], 0, 0.0
    for hop in powers:
        if np.mean(hop) > FLOOR**2:
            heard += 1
            share = 1 / min(heard, n_memory)
            power = (1 - share) * power + share * np.mean(hop)
        levels.append(max(np.sqrt(power), FLOOR))
    return levels


def _overlapped(spectra: NDArray[Any], window: NDArray[np.float64], hop: int) -> NDArray[np.float64]:
    """The least-squares signal [..., T] of `spectra` [..., F, K]: windowed again, added, divided by the windows."""
    *batch, _, n_frames = spectra.shape
    total = np.zeros((*batch, window.size + (n_frames - 1) * hop))
    weight = np.zeros(total.shape[-1])
    for index in range(n_frames):
        place = slice(index * hop, index * hop + window.size)
        total[..., place] += np.fft.irfft(spectra[..., index], n=window.size) * window
        weight[place] += window**2
    # At both ends fewer windows overlap than a stream counts on; there is no sound there.
    return total / np.maximum(weight, weight[total.shape[-1] // 2 :][:hop].min())
