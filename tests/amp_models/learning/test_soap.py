"""SOAP against Adam, on a problem whose valley lies across all weights."""

from __future__ import annotations

import numpy as np
import pytest

from amp_models.learning.soap import Soap

N_ROWS, N_COLUMNS, N_STEPS = 6, 10, 300


class Valley:
    """½ ‖A (W - W*) B‖²: linear maps whose inputs and outputs hang together; its condition number is 10⁸."""

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.left, self.right = (_turned(random, n) for n in (N_ROWS, N_COLUMNS))
        self.target = random.standard_normal((N_ROWS, N_COLUMNS))

    def loss(self, weights) -> float:
        return 0.5 * float(np.sum((self.left @ (self._shaped(weights) - self.target) @ self.right) ** 2))

    def gradient(self, weights):
        rest = self.left @ (self._shaped(weights) - self.target) @ self.right
        return (self.left.T @ rest @ self.right.T).ravel().astype(np.float32)

    def _shaped(self, weights):
        return weights.reshape(N_ROWS, N_COLUMNS).astype(np.float64)


def _turned(random, n):
    """A matrix with a condition number of 100 whose axes lie anyhow."""
    first, second = (np.linalg.qr(random.standard_normal((n, n)))[0] for _ in range(2))
    return first @ np.diag(np.geomspace(1, 1e-2, n)) @ second


class Adam:
    """Kingma and Ba 2015, algorithm 1."""

    def __init__(self, n: int, memory: float = 0.95) -> None:
        self.mean, self.square, self.memory, self.n_steps = np.zeros(n), np.zeros(n), memory, 0

    def step(self, weights, gradient, rate) -> None:
        self.n_steps += 1
        keep, known = self.memory, 1 - self.memory**self.n_steps
        self.mean = keep * self.mean + (1 - keep) * gradient
        self.square = keep * self.square + (1 - keep) * gradient.astype(np.float64) ** 2
        weights -= (rate * (self.mean / known) / (np.sqrt(self.square / known) + 1e-8)).astype(np.float32)


def maps(first: int = 0):
    return [np.arange(first, first + N_ROWS * N_COLUMNS).reshape(1, N_ROWS, N_COLUMNS)]


def walked(optimiser, valley: Valley, rate: float) -> float:
    """The loss after all steps, as a share of that before them; the rate falls along a cosine."""
    weights = np.zeros(N_ROWS * N_COLUMNS, np.float32)
    begun = valley.loss(weights)
    for step in range(N_STEPS):
        now = rate * 0.5 * (1 + np.cos(np.pi * step / N_STEPS))
        optimiser.step(weights, valley.gradient(weights), now)
    return valley.loss(weights) / begun


@pytest.mark.parametrize("seed", range(3))
def test_it_goes_far_lower_than_adam_does_at_its_best_rate(seed):
    valley = Valley(seed)
    n = N_ROWS * N_COLUMNS
    adam = min(walked(Adam(n), valley, rate) for rate in (0.003, 0.01, 0.03, 0.1, 0.3))
    assert walked(Soap(maps(), n), valley, 0.1) < 0.05 * adam


def test_what_is_no_map_is_walked_by_adam(rng):
    soap, adam = Soap([], 7), Adam(7)
    ours, other = (np.ones(7, np.float32) for _ in range(2))
    for _ in range(20):
        gradient = rng.standard_normal(7).astype(np.float32)
        soap.step(ours, gradient, 0.01)
        adam.step(other, gradient, 0.01)
    np.testing.assert_array_equal(ours, other)


def test_a_map_alone_in_its_axes_is_walked_as_fast_for_any_turn_of_them(rng):
    """Turning a problem turns its steps: nothing hangs on the axes that weights are written in."""
    turn = np.linalg.qr(rng.standard_normal((N_ROWS, N_ROWS)))[0]
    valley, turned = Valley(0), Valley(0)
    turned.left, turned.target = valley.left @ turn.T, turn @ valley.target
    n = N_ROWS * N_COLUMNS
    found = [np.log(walked(Soap(maps(), n), one, 0.03)) for one in (valley, turned)]
    assert found[0] == pytest.approx(found[1], abs=1.5)


@pytest.mark.parametrize("n_before", [1, 9, 13])
def test_another_that_takes_its_state_up_makes_the_same_next_steps(n_before, rng):
    """Right before, at, and after the axes are turned; with one weight that is in no map."""
    n = N_ROWS * N_COLUMNS + 1
    gradients = rng.standard_normal((n_before + 12, n)).astype(np.float32)
    first, weights = Soap(maps(1), n), np.zeros(n, np.float32)
    for gradient in gradients[:n_before]:
        first.step(weights, gradient, 0.01)
    second, same = Soap(maps(1), n), weights.copy()
    second.take_up({name: value.copy() for name, value in first.state().items()})
    for gradient in gradients[n_before:]:
        first.step(weights, gradient, 0.01)
        second.step(same, gradient, 0.01)
    np.testing.assert_array_equal(weights, same)
