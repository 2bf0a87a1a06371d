"""Examples as the network and its loss take them: views, and the spectra of the parts.

Conventions: T frames, F bins that have a band. Spectra are brought to a level of about 1 (rms of what is heard).

This module is a door of torch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixassist.dsp.stream_spectrum import SpectrumGrid, StreamStft
from separation.net import LiteOptions
from separation.restoration.examples import Example, ExampleMaker
from separation.restoration.views import Views
from separation.songs import RATE

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Heard:
    """Views [1, V, F, T] of an example, and the spectra of its parts [2, 1, S, C, T, F], first real, then imaginary."""

    views: Tensor
    parts: Tensor
    is_dry: bool


def hear(example: Example, options: LiteOptions) -> Heard:
    """The example as the network will meet it in a stream that begins with it."""
    n_samples = example.parts.shape[-1] // options.hop * options.hop
    parts = example.parts[..., :n_samples]
    whole = parts.sum(axis=0)
    grid = SpectrumGrid(options.n_fft, options.hop)
    level = np.float32(max(float(np.sqrt(np.mean(whole**2))), 1e-5))
    spectrum = np.zeros((len(whole), n_samples // options.hop, options.n_fft // 2 + 1), np.complex64).swapaxes(1, 2)
    stacked = np.zeros((2, 1, *parts.shape[:2], n_samples // options.hop, options.n_bins), np.float32)
    for index, part in enumerate(parts):
        if part.any():
            found = StreamStft(grid, len(part)).process(part)
            spectrum += found
            known = found[:, : options.n_bins].swapaxes(1, 2)
            np.divide(known.real, level, out=stacked[0, 0, index])
            np.divide(known.imag, level, out=stacked[1, 0, index])
    views = Views(options.n_fft // 2 + 1, options.hop, RATE).process(spectrum, whole)
    return Heard(torch.from_numpy(views[None, :, : options.n_bins]), torch.from_numpy(stacked), example.is_dry)


def heard_stream(maker: ExampleMaker, options: LiteOptions, first: int) -> Iterator[Heard]:
    """Examples from number `first` on, without end."""
    for index in count(first):
        yield hear(maker[index], options)
