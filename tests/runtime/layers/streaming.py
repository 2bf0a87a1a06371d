"""What the tests of streaming layers share: cuts, and a layer run whole or by them, in float64."""

from __future__ import annotations

import itertools

import torch
from hypothesis import strategies as st
from torch import Tensor

from mixassist.runtime.layers.layer import StreamLayer

N_BATCH = 2
"""Items of a batch, each with states of its own."""

cuts = st.lists(st.integers(1, 40), min_size=1, max_size=8)
"""Lengths of blocks, in multiples of what the layer takes."""


def noise(n_channels: int, n_frames: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(N_BATCH, n_channels, n_frames, generator=generator, dtype=torch.float64)


@torch.no_grad()
def in_blocks(layer: StreamLayer, x: Tensor, lengths: list[int]) -> Tensor:
    """The output for `x`, fed in blocks of these lengths until it ends."""
    layer = layer.double().eval()
    multiple = layer.block_multiple
    ends = [end for end in itertools.accumulate(n * multiple for n in lengths) if end < x.shape[-1]]
    states, parts = layer.zeros(N_BATCH), []
    for start, end in itertools.pairwise([0, *ends, x.shape[-1]]):
        part, *new = layer(x[..., start:end], *states)
        assert [state.shape for state in new] == [state.shape for state in states]
        states = tuple(new)
        parts.append(part)
    return torch.cat(parts, dim=-1)


def whole(layer: StreamLayer, x: Tensor) -> Tensor:
    return in_blocks(layer, x, [x.shape[-1] // layer.block_multiple])


def distance_db(found: Tensor, expected: Tensor) -> float:
    """Level of the difference against that of `expected`, in dB."""
    assert found.shape == expected.shape
    error = (found - expected).square().sum() / expected.square().sum()
    return float(10 * torch.log10(error + 1e-60))
