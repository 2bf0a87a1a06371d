"""The synthesiser of `synth` for whole passages at once, through which a network can learn (a door of torch).

Pitch is given, so that every wave is a constant and the sound is linear in the amplitudes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from transfer.instrument.design import RATE, Floats, InstrumentDesign, band_shapes
from transfer.instrument.synth import audible


@dataclass(frozen=True)
class Waves:
    """The waves [K, hop, n_partials] of K frames; partials that cannot be heard are zero."""

    values: Tensor


class Renderer:
    """Amplitudes [K, n_shapes] at the ends of K hops to sound [K hop], with noise of its own each time."""

    def __init__(self, design: InstrumentDesign, seed: int = 0) -> None:
        self.design = design
        n_bins = design.n_noise // 2 + 1
        bands = band_shapes(design, n_bins) * np.sqrt(design.n_noise / 2)
        bands[:, [0, -1]] = 0
        self._bands = torch.from_numpy(bands).float()
        self._ramp = torch.arange(1, design.hop + 1) / design.hop
        self._window = torch.from_numpy(np.sin(np.pi * (np.arange(design.n_noise) + 0.5) / design.n_noise)).float()
        self._random = torch.Generator().manual_seed(seed)

    def waves(self, f0_hz: Floats) -> Waves:
        """The waves for a pitch [K] at the ends of hops."""
        hop = self.design.hop
        numbers = np.arange(1, self.design.n_partials + 1)
        before = np.concatenate([f0_hz[:1], f0_hz[:-1]])
        steps = np.arange(1, hop + 1) / hop
        pitch = before[:, None] + (f0_hz - before)[:, None] * steps
        cycles = (np.cumsum(pitch.ravel()) / RATE).reshape(pitch.shape)
        turns = torch.from_numpy((cycles % 1).astype(np.float32))[..., None] * torch.from_numpy(numbers).float()
        is_heard = torch.from_numpy(audible(np.outer(f0_hz, numbers)).astype(np.float32))
        return Waves(torch.sin(2 * np.pi * (turns - turns.floor())) * is_heard[:, None])

    def render(self, amplitudes: Tensor, waves: Waves) -> Tensor:
        """Sound of amplitudes that may ask for gradients."""
        n_partials = self.design.n_partials
        after = amplitudes[:, :n_partials]
        pair = torch.stack([torch.cat([after[:1], after[:-1]]), after], dim=-1)
        begin, end = torch.bmm(waves.values, pair).unbind(dim=-1)
        return (begin + self._ramp * (end - begin) + self._noise(amplitudes[:, n_partials:])).flatten()

    def _noise(self, amplitudes: Tensor) -> Tensor:
        hop = self.design.hop
        pairs = torch.randn(len(amplitudes), self._bands.shape[1], 2, generator=self._random)
        spectrum = (amplitudes @ self._bands) * torch.view_as_complex(pairs)
        noise = torch.fft.irfft(spectrum) * self._window
        return noise[:, :hop] + torch.cat([torch.zeros(1, hop), noise[:-1, hop:]])
