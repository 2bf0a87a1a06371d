"""Deadlines: how long each block of a stream took, against the time it may take."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

N_REMEMBERED = 16384
"""Percentiles are over this many latest blocks: 22 s of 64 frames at 48 kHz."""


@dataclass(frozen=True)
class Timing:
    """Time per block since the stream was opened.

    `budget_ms` is what a full block lasts; a miss is a block that took longer than it lasts, and a broken one is
    played dry because the model gave NaN or infinity. The percentiles are over the latest blocks, `max_ms` and the
    counts over all; all times are 0 before the first block.
    """

    n_blocks: int
    n_misses: int
    n_broken: int
    median_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float
    budget_ms: float

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


class StopWatch:
    """Keeps the time of every block without allocating."""

    def __init__(self, block: int, rate: int) -> None:
        self._block = block
        self._rate = rate
        self._latest_s = np.zeros(N_REMEMBERED)
        self._n_blocks = 0
        self._n_misses = 0
        self._longest_s = 0.0

    def add(self, seconds: float, n_frames: int) -> None:
        """Counts a block of `n_frames` that took `seconds`."""
        self._latest_s[self._n_blocks % N_REMEMBERED] = seconds
        self._n_blocks += 1
        if seconds * self._rate > n_frames:
            self._n_misses += 1
        if seconds > self._longest_s:
            self._longest_s = seconds

    def timing(self, n_broken: int = 0) -> Timing:
        """The figures so far; broken blocks are counted elsewhere."""
        latest_ms = 1000 * self._latest_s[: min(self._n_blocks, N_REMEMBERED)]
        median_ms, p95_ms, p99_ms = np.percentile(latest_ms, [50, 95, 99]) if latest_ms.size else np.zeros(3)
        return Timing(
            n_blocks=self._n_blocks,
            n_misses=self._n_misses,
            n_broken=n_broken,
            median_ms=float(median_ms),
            p95_ms=float(p95_ms),
            p99_ms=float(p99_ms),
            max_ms=1000 * self._longest_s,
            budget_ms=1000 * self._block / self._rate,
        )
