"""What holds gradients to account: torch, and steps along them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from amp_models.learning.learner import Learner, Signal
from amp_models.learning.parameters import Layout, Vector
from amp_models.nam.format import Nam
from amp_models.nam.fresh import fresh_nam
from tests.tolerances import GRADIENT

RATE = 48000


def sounding_nam(size: str, n_knobs: int = 0) -> Nam:
    """An untrained network at full level, so that what comes out is far above rounding."""
    nam = fresh_nam(size, RATE, 3, n_knobs)
    if nam.architecture == "LSTM":
        return nam
    return replace(nam, weights=np.append(nam.weights[:-1], np.float32(0.7)))


def playing(n_frames: int, seed: int = 5) -> Signal:
    """Noise that swells and fades [T], so that curves are bent much and little."""
    noise = np.random.default_rng(seed).standard_normal(n_frames)
    return (0.6 * noise * (1.1 + np.sin(np.arange(n_frames) / 150))).astype(np.float32)


def places(n_knobs: int) -> Signal:
    return np.linspace(0.2, 0.9, n_knobs, dtype=np.float32)


def gradient_of(learner: Learner, audio: Signal, knobs: Signal, along: Signal) -> Vector:
    """That of Σ along · answer."""
    found: Vector = np.zeros_like(learner.weights)
    learner.learn(audio, knobs, lambda _: along, found)
    return found


def assert_same_gradient(ours: Vector, other: Vector, layout: Layout) -> None:
    """Every parameter's own gradient is that of the reference, against its size, or that of all where it is tiny."""
    least = 1e-4 * float(np.linalg.norm(other))
    for mine, known in zip(layout.views(ours), layout.views(other), strict=True):
        distance = float(np.linalg.norm(mine.astype(np.float64) - known))
        assert distance <= GRADIENT * max(float(np.linalg.norm(known)), least)


def slope(value: Callable[[], float], weights: Vector, way: Vector, step: float) -> float:
    """How `value` changes with the weights along `way`, by a step to both sides."""
    start = weights.copy()
    found = []
    for side in (step, -step):
        weights[:] = start + np.float32(side) * way
        found.append(value())
    weights[:] = start
    return (found[0] - found[1]) / (2 * step)
