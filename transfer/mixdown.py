"""`choose_mix`: how the channels of a recording become the one that is played or learned from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples
from mixassist.errors import Finding

CANCELLED = 0.25
"""The mean of channels with less than this share of their mean power: they are of opposite polarity."""


@dataclass(frozen=True, eq=False)
class Mixdown:
    """Weights [C] of the channels: their mean, or the loudest alone where they cancel each other, which is found."""

    weights: NDArray[np.float64]
    findings: tuple[Finding, ...] = ()

    def apply(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """Blocks [C, n] as one channel [1, n]."""
        weights = self.weights.astype(np.float32)
        for block in blocks:
            yield (weights @ block)[np.newaxis]


def mix_of(channels: NDArray[np.float64], mean: float) -> Mixdown:
    """The mixdown of channels of these powers [C], whose mean has the power `mean`."""
    if len(channels) == 1 or mean >= CANCELLED * channels.mean():
        return Mixdown(np.full(len(channels), 1 / len(channels)))
    loudest = int(channels.argmax())
    lost_db = 10 * math.log10(max(mean, 1e-12) / channels.mean())
    message = f"the channels cancel each other ({lost_db:.0f} dB in mono): channel {loudest + 1} is taken alone"
    return Mixdown(np.eye(len(channels))[loudest], (Finding("out-of-phase", "warning", message),))


def choose_mix(blocks: Iterable[Samples]) -> Mixdown:
    """The mixdown of blocks [C, n], which are heard once for it."""
    channels, mean = np.zeros(1), 0.0
    for block in blocks:
        heard = block.astype(np.float64)
        channels = channels + np.square(heard).sum(axis=1)
        mean += float(np.square(heard.mean(axis=0)).sum())
    return mix_of(channels, mean)
