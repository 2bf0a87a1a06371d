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
    spectra = np.zeros((*parts.shape[:2], options.n_fft // 2 + 1, n_samples // options.hop), np.complex64)
    for spectrum, part in zip(spectra, parts, strict=True):
        if part.any():
            spectrum[:] = StreamStft(grid, len(part)).process(part)
    views = Views(options.n_fft // 2 + 1, options.hop, RATE).process(spectra.sum(axis=0), whole)
    level = np.float32(max(float(np.sqrt(np.mean(whole**2))), 1e-5))
    known = spectra[..., : options.n_bins, :].swapaxes(-1, -2) / level
    stacked = torch.from_numpy(np.stack([known.real, known.imag]))[:, None]
    return Heard(torch.from_numpy(np.ascontiguousarray(views[None, :, : options.n_bins])), stacked, example.is_dry)


def heard_stream(maker: ExampleMaker, options: LiteOptions, first: int) -> Iterator[Heard]:
    """Examples from number `first` on, without end."""
    for index in count(first):
        yield hear(maker[index], options)
