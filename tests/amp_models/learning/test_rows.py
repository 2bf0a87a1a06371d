"""The compiled arithmetic of rows against numpy's."""

from __future__ import annotations

import numpy as np
import pytest

from amp_models.learning.rows import (
    bend_leaky,
    bend_tanh,
    dot_four_twice,
    dot_one,
    mix_four,
    mix_four_twice,
    mix_one,
    total,
    unbend_leaky,
    unbend_tanh,
)
from tests.tolerances import ROW_SUM, TANH

LENGTHS = (1, 7, 1000)


@pytest.fixture
def rows(rng):
    """That many rows of one length, every one a row of one array, as in use."""
    return lambda n_rows, n: rng.standard_normal((n_rows, n)).astype(np.float32)


def test_tanh_is_numpys_over_the_whole_range():
    wide = np.geomspace(1e-30, 1e30, 5001)
    x = np.concatenate([np.linspace(-12, 12, 200001), wide, -wide])
    bent = x.astype(np.float32)
    bend_tanh(bent)
    np.testing.assert_allclose(bent, np.tanh(x), rtol=0, atol=TANH)
    small = np.abs(x) < 1e-2
    np.testing.assert_allclose(bent[small], np.tanh(x[small]), rtol=TANH)


def test_tanh_is_odd_and_keeps_zero():
    x = np.linspace(0, 12, 5001, dtype=np.float32)
    up, down = x.copy(), -x
    bend_tanh(up)
    bend_tanh(down)
    np.testing.assert_array_equal(up, -down)
    assert up[0] == 0
    assert np.abs(up).max() <= 1


@pytest.mark.parametrize("slope", [0.0, 0.01, 0.5])
def test_a_leaky_rectifier_and_its_slope(rows, slope):
    (x, gradient), slope = rows(2, 1000), np.float32(slope)
    bent, along = x.copy(), gradient.copy()
    bend_leaky(bent, slope)
    np.testing.assert_allclose(bent, np.where(x > 0, x, slope * x), rtol=ROW_SUM)
    unbend_leaky(along, bent, slope)
    np.testing.assert_allclose(along, np.where(x > 0, gradient, slope * gradient), rtol=ROW_SUM)


def test_the_way_back_through_tanh(rows):
    x, gradient = rows(2, 1000)
    along = gradient.copy()
    unbend_tanh(along, np.tanh(x))
    np.testing.assert_allclose(along, gradient * (1 - np.tanh(x.astype(float)) ** 2), atol=ROW_SUM)


@pytest.mark.parametrize("n", LENGTHS)
def test_rows_are_mixed_into_rows(rows, n):
    given, weights = rows(6, n), rows(2, 4)
    first, second = given[4].copy(), given[5].copy()
    mix_four_twice(first, second, *given[:4], *weights)
    for mixed, before, own in ((first, given[4], weights[0]), (second, given[5], weights[1])):
        np.testing.assert_allclose(mixed, before + own @ given[:4], rtol=0, atol=20 * ROW_SUM)
    single = given[4].copy()
    mix_four(single, *given[:4], weights[0])
    np.testing.assert_allclose(single, first, rtol=0, atol=20 * ROW_SUM)
    one = given[4].copy()
    mix_one(one, given[0], weights[0, 0])
    np.testing.assert_allclose(one, given[4] + weights[0, 0] * given[0], rtol=0, atol=20 * ROW_SUM)


@pytest.mark.parametrize("n", LENGTHS)
def test_products_of_rows_are_summed(rows, n):
    given, begun = rows(6, n), rows(2, 4)
    sums = begun.copy()
    dot_four_twice(given[4], given[5], *given[:4], sums[0], sums[1])
    exact = given[:4].astype(float) @ given[4:].T.astype(float)
    np.testing.assert_allclose(sums, begun + exact.T, rtol=0, atol=n * ROW_SUM)
    assert dot_one(given[4], given[0]) == pytest.approx(exact[0, 0], abs=n * ROW_SUM)
    assert total(given[0]) == pytest.approx(given[0].astype(float).sum(), abs=n * ROW_SUM)
