"""The layers of `LiteNet`: along time, across bands, at the whole song.

Each layer that looks along time may be given `states`, a list of what it saw last: it takes the first entry, and
appends what the next call will need. Without states the past, and in a layer that is not causal the future, is zeros.

This module is a door of torch.

Conventions:
    B batch, T frames, K bands, N features, d dilation, R rows (bands times batch).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

TAPS = 3
"""Frames a `Reach` sees at a time."""


class BandLinear(nn.Module):
    """A linear map of its own for each of K bands: [K, R, n_in] to [K, R, n_out]."""

    def __init__(self, n_bands: int, n_in: int, n_out: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(n_bands, n_in, n_out) / n_in**0.5)
        self.bias = nn.Parameter(torch.zeros(n_bands, 1, n_out))

    def forward(self, rows: Tensor) -> Tensor:
        return torch.bmm(rows, self.weight) + self.bias


class Reach(nn.Module):
    """A dilated convolution of three taps along time, [R, T, n_in] to [R, T, n_out].

    It sees a frame with the ones `dilation` before and after, or, causal, with the two before it.
    """

    def __init__(self, n_in: int, n_out: int, dilation: int, is_causal: bool) -> None:
        super().__init__()
        self.dilation = dilation
        self.is_causal = is_causal
        self.weight = nn.Parameter(torch.empty(n_out, n_in, 1, TAPS))
        self.bias = nn.Parameter(torch.zeros(n_out))
        nn.init.uniform_(self.weight, -((TAPS * n_in) ** -0.5), (TAPS * n_in) ** -0.5)

    @property
    def n_past(self) -> int:
        """Frames before the present one that a causal layer needs."""
        return (TAPS - 1) * self.dilation

    def forward(self, rows: Tensor, states: list[Tensor] | None = None) -> Tensor:
        seen = self._surrounded(rows, states)
        if self.training:
            return self._convolve(seen)
        n_frames, n_out = rows.shape[1], self.bias.shape[0]
        taps = [seen[:, at : at + n_frames] for at in range(0, TAPS * self.dilation, self.dilation)]
        weight = self.weight.permute(0, 3, 2, 1).reshape(n_out, -1)
        return functional.linear(torch.cat(taps, dim=-1), weight, self.bias)

    def _surrounded(self, rows: Tensor, states: list[Tensor] | None) -> Tensor:
        """Rows with the frames before and after them, [R, T + n_past, n_in]."""
        if states is None:
            before = self.n_past if self.is_causal else self.dilation
            return functional.pad(rows, (0, 0, before, self.n_past - before))
        seen = torch.cat([states.pop(0), rows], dim=1)
        states.append(seen[:, -self.n_past :])
        return seen

    def _convolve(self, seen: Tensor) -> Tensor:
        """The same by a convolution, whose gradient is the quicker one."""
        planes = seen.unsqueeze(1).permute(0, 3, 1, 2)
        weight = self.weight.contiguous(memory_format=torch.channels_last)
        return functional.conv2d(planes, weight, self.bias, dilation=(1, self.dilation)).permute(0, 2, 3, 1).squeeze(1)


class TimeBlock(nn.Module):
    """Looks along time in every band alike: [K, B, T, N] to the same shape, with a residual."""

    def __init__(self, n_features: int, n_hidden: int, dilation: int, is_causal: bool) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(n_features)
        self.widen = Reach(n_features, n_hidden, dilation, is_causal)
        self.narrow = nn.Linear(n_hidden, n_features)

    def forward(self, features: Tensor, states: list[Tensor] | None = None) -> Tensor:
        rows = self.norm(features).flatten(0, 1)
        hidden = functional.relu(self.widen(rows, states))
        return features + self.narrow(hidden).reshape(features.shape)


class BandBlock(nn.Module):
    """Looks across bands in every frame and feature alike: [K, B, T, N] to the same shape, with a residual."""

    def __init__(self, n_features: int, n_bands: int, n_hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(n_features)
        self.widen = nn.Parameter(torch.randn(n_hidden, n_bands) / n_bands**0.5)
        self.bias = nn.Parameter(torch.zeros(n_hidden, 1))
        self.narrow = nn.Parameter(0.3 * torch.randn(n_bands, n_hidden) / n_hidden**0.5)

    def forward(self, features: Tensor, states: list[Tensor] | None = None) -> Tensor:
        hidden = self.norm(features).reshape(features.shape[0], -1)
        hidden = self.narrow @ functional.relu(self.widen @ hidden + self.bias)
        return features + hidden.reshape(features.shape)


class SongBlock(nn.Module):
    """Looks at all bands at once, and far along time: [K, B, T, N] to the same shape, with a residual.

    Each band is squeezed to a few features; those of all bands together go through convolutions along time and back.
    `size` is N, K, the features left of each band and the width of the passage.
    """

    def __init__(self, size: tuple[int, int, int, int], dilations: tuple[int, ...], is_causal: bool) -> None:
        super().__init__()
        n_features, self.n_bands, n_squeezed, n_song = size
        self.norm = nn.LayerNorm(n_features)
        self.squeeze = nn.Linear(n_features, n_squeezed)
        self.enter = nn.Linear(self.n_bands * n_squeezed, n_song)
        self.steps = nn.ModuleList(Reach(n_song, n_song, dilation, is_causal) for dilation in dilations)
        self.leave = nn.Linear(n_song, self.n_bands * n_squeezed)
        self.spread = nn.Linear(n_squeezed, n_features)

    def forward(self, features: Tensor, states: list[Tensor] | None = None) -> Tensor:
        n_bands, n_batch, n_frames, _ = features.shape
        squeezed = self.squeeze(self.norm(features)).permute(1, 2, 0, 3)
        song = functional.relu(self.enter(squeezed.reshape(n_batch, n_frames, -1)))
        for step in self.steps:
            song = song + functional.relu(step(song, states))
        bands = self.leave(song).reshape(n_batch, n_frames, n_bands, -1).permute(2, 0, 1, 3)
        return features + self.spread(bands)
