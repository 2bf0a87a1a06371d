"""Networks without weights, for tests of everything around a network."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np

from separation.model import Floats, Member, SourceModel


class ShareNetwork:
    """Gives each stem a fixed share of the mixture: linear and without memory, so chunks must leave no trace."""

    session = SimpleNamespace(engine="fake", precision="fp32", device="cpu")

    def __init__(self, shares: Sequence[float], segment: int = 1000, is_padded: bool = True) -> None:
        self.shares = np.array(shares, dtype=np.float32)
        self.segment = segment
        self.is_padded = is_padded
        self.n_runs = 0

    def __call__(self, mix: Floats, stem_indices: Sequence[int]) -> Floats:
        self.n_runs += len(mix)
        return mix[:, None] * self.shares[list(stem_indices), None, None]


class SmoothingNetwork(ShareNetwork):
    """Like `ShareNetwork`, but each sample is first averaged with its neighbours, so that context shows."""

    def __call__(self, mix: Floats, stem_indices: Sequence[int]) -> Floats:
        padded = np.pad(mix, ((0, 0), (0, 0), (1, 1)))
        smooth = (padded[..., :-2] + padded[..., 1:-1] + padded[..., 2:]) / 3
        return super().__call__(smooth.astype(np.float32), stem_indices)


def fake_model(*members: Member, stems: Sequence[str] = ("drums", "bass", "other", "vocals")) -> SourceModel:
    return SourceModel("fake", "0" * 64, tuple(stems), 44100, 2, members)
