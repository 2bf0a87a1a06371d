"""A straight line with steps through lags over time: clocks drift evenly, and dropouts make the lag jump."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

SMALLEST_JUMP_SAMPLES = 1.0
N_SHORTEST_PIECE = 4
"""Lags on each side of a jump: fewer could be a chord that was hard to place."""
N_MOST_JUMPS = 8
WIDEST_SCATTER_SAMPLES = 0.5
FURTHEST_COUNTED_SAMPLES = 20.0
"""What lies further off counts as this far, so that the lags of one lost phrase do not outweigh a take."""
BETTER_COST = 0.75


@dataclass(frozen=True)
class Jump:
    """A step of the lag: `samples` more from sample `at` of the DI on; negative where some were lost."""

    at: float
    samples: float


@dataclass(frozen=True)
class StepLine:
    """lag(n) = offset + slope · n + the jumps before n."""

    offset: float
    slope: float
    jumps: tuple[Jump, ...] = ()

    @classmethod
    def constant(cls, lag: float) -> StepLine:
        return cls(lag, 0.0)

    def moved(self, n_samples: float) -> StepLine:
        """The line with `n_samples` more of lag everywhere."""
        return replace(self, offset=self.offset + n_samples)

    def at(self, places: Reals) -> Reals:
        """The lag in samples at each place [n] of the DI."""
        lags = self.offset + self.slope * places
        for jump in self.jumps:
            lags = lags + jump.samples * (places >= jump.at)
        return lags


def fit_steps(places: Reals, lags: Reals, weights: Reals) -> tuple[StepLine, float]:
    """The line through `lags` [n] at `places` [n] that outliers do not move, and the share of weight on it."""
    edges: list[int] = []
    line, residual = _fit(places, lags, weights, edges)
    for _ in range(N_MOST_JUMPS):
        trials = [
            (np.sum(weights * np.minimum(np.abs(trial[1]), FURTHEST_COUNTED_SAMPLES)), at, trial)
            for at in range(N_SHORTEST_PIECE, places.size - N_SHORTEST_PIECE + 1)
            if all(abs(at - edge) >= N_SHORTEST_PIECE for edge in edges)
            for trial in [_fit(places, lags, weights, sorted([*edges, at]))]
        ]
        if not trials:
            break
        cost, at, trial = min(trials, key=lambda each: each[0])
        before = np.sum(weights * np.minimum(np.abs(residual), FURTHEST_COUNTED_SAMPLES))
        is_smaller = cost < BETTER_COST * before and all(
            abs(j.samples) >= SMALLEST_JUMP_SAMPLES for j in trial[0].jumps
        )
        if not is_smaller:
            break
        edges = sorted([*edges, at])
        line, residual = trial
    is_near = np.abs(residual) < WIDEST_SCATTER_SAMPLES
    return line, float(np.sum(weights * is_near) / max(np.sum(weights), 1e-30))


def _fit(places: Reals, lags: Reals, weights: Reals, edges: list[int]) -> tuple[StepLine, Reals]:
    """Line with steps before the lags numbered `edges`, by reweighted least squares (bisquare), and its residuals."""
    steps = [(np.arange(places.size) >= edge).astype(float) for edge in edges]
    scale = max(float(np.ptp(places)), 1.0)
    columns = np.stack([np.ones(places.size), places / scale, *steps], axis=1)
    if places.size < columns.shape[1] + 2:
        columns = columns[:, :1]
    share = np.sqrt(weights)
    trust = np.ones(places.size)
    residual = lags - np.median(lags)
    solution = np.zeros(columns.shape[1])
    for _ in range(12):
        root = share * np.sqrt(trust)
        solution = np.linalg.lstsq(columns * root[:, None], lags * root, rcond=None)[0]
        residual = lags - columns @ solution
        spread = 4.685 * 1.4826 * max(float(np.median(np.abs(residual))), 1e-4)
        trust = np.where(np.abs(residual) < spread, (1 - (residual / spread) ** 2) ** 2, 1e-6)
    slope = solution[1] / scale if solution.size > 1 else 0.0
    jumps = tuple(
        Jump(float((places[edge - 1] + places[edge]) / 2), float(step))
        for edge, step in zip(edges, solution[2:], strict=False)
    )
    return StepLine(float(solution[0]), float(slope), jumps), residual
