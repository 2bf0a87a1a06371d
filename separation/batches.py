"""Batches for training: remixes as spectra, each made from its own number, so that a run goes on where it stopped.

Task:
    `Examples` makes example i from the seed and i; `batch_stream` makes them in processes beside the training.
Conventions:
    Spectra are [..., T, F], F bins that have a band. The level of the mix is about 1 (rms of its mono sum), give or
    take what songs differ by from piece to piece.

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
from torch.utils.data import DataLoader, Dataset

from separation.net import LiteOptions
from separation.remix import Remixer
from separation.songs import RATE, STEMS

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Batch:
    """Material of one step: magnitudes [B, 4, F, T] for the network, and the stems' spectra [2, B, S, 2, T, F].

    The first axis of `stems` is real and imaginary part.
    """

    magnitude: Tensor
    stems: Tensor

    def to(self, device: str) -> Batch:
        return Batch(self.magnitude.to(device), self.stems.to(device))


def views(mix: Tensor) -> Tensor:
    """|L|, |R|, |(L+R)/2|, |(L-R)/2| [B, 4, T, F] of a spectrum in real and imaginary parts [2, B, 2, T, F]."""
    left, right = mix[:, :, 0], mix[:, :, 1]
    seen = torch.stack([left, right, (left + right) / 2, (left - right) / 2], dim=2)
    return seen.square().sum(dim=0).sqrt()


class Examples(Dataset[Tensor]):
    """Example i: spectra [2, S, 2, T, F] of the stems of a remix, equalised at random, the mix at about level 1."""

    def __init__(self, remixer: Remixer, options: LiteOptions, seed: int) -> None:
        self.remixer = remixer
        self.options = options
        self.seed = seed
        self.window = torch.hann_window(options.n_fft)

    def __getitem__(self, index: int) -> Tensor:
        rng = np.random.default_rng((self.seed, index))
        stems = self.remixer.example(rng)
        level = max(float(stems.sum(axis=0).mean(axis=0).std()), 1e-3) * np.exp(rng.normal(0.15, 0.35))
        waves = torch.from_numpy(stems / np.float32(level)).flatten(0, 1)
        spectra = torch.stft(
            waves, self.options.n_fft, self.options.hop, window=self.window, center=False, return_complex=True
        )
        spectra = spectra.transpose(1, 2)[..., : self.options.n_bins].unflatten(0, stems.shape[:2])
        return torch.stack([spectra.real, spectra.imag]).mul_(self._equaliser(rng))

    def _equaliser(self, rng: np.random.Generator) -> Tensor:
        """Gains [S, 1, 1, F]: for half of the stems a tilt and one broad bump."""
        shape = (len(STEMS), 1, 1, 1)
        octave = np.log2(np.maximum(np.arange(self.options.n_bins), 1) * RATE / self.options.n_fft / 1000)
        tilt_db = rng.uniform(-1.5, 1.5, shape) * octave
        centre, width = rng.uniform(-4, 4, shape), rng.uniform(0.5, 2, shape)
        bump_db = rng.uniform(-8, 8, shape) * np.exp(-(((octave - centre) / width) ** 2))
        gain_db = np.clip(tilt_db + bump_db, -15, 12) * (rng.random(shape) < 0.5)
        return torch.from_numpy((10 ** (gain_db / 20)).astype(np.float32))


def as_batch(examples: list[Tensor]) -> Batch:
    """The batch of some examples."""
    stems = torch.stack(examples, dim=1)
    return Batch(views(stems.sum(dim=2)).transpose(2, 3), stems)


def batch_stream(examples: Examples, first: int, n_batch: int, n_workers: int) -> Iterator[Batch]:
    """Batches of `n_batch` examples from number `first` on, without end, made in `n_workers` processes (0: in this)."""
    ahead = {"prefetch_factor": max(2, 8 // n_batch), "worker_init_fn": _settle} if n_workers else {}
    loader = DataLoader(
        examples,
        n_batch,
        sampler=count(first),
        collate_fn=as_batch,
        num_workers=n_workers,
        **ahead,  # type: ignore[arg-type]  # one dictionary for arguments of several types
    )
    yield from loader


def _settle(worker: int) -> None:
    torch.set_num_threads(1)
