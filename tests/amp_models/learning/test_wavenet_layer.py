"""The compiled convolution and the two ways back through it, against numpy and against each other."""

from __future__ import annotations

import numpy as np
import pytest

from amp_models.learning.wavenet_layer import convolve, convolve_input_gradient, convolve_weight_gradient
from tests.tolerances import ROW_SUM

N, TO, AT = 300, 5, 3

SHAPES = [(1, 1, 1, 1), (2, 3, 3, 4), (3, 2, 6, 7), (4, 8, 3, 1), (5, 5, 1, 1), (8, 4, 15, 13), (16, 16, 3, 2)]
"""Channels out and in, taps, dilation: with every remainder that blocks of two and four can leave."""


def written_out(x, weight, taps):
    """The convolution as its formula says it, in float64: out[o, t] = Σ w[o, i, k] x[i, t + k · dilation]."""
    kernel, dilation = taps
    shaped = weight.reshape(len(weight), len(x), kernel).astype(np.float64)
    taken = np.stack([x[:, AT + k * dilation : AT + k * dilation + N] for k in range(kernel)], axis=1)
    return np.einsum("oik,ikt->ot", shaped, taken)


@pytest.fixture(params=SHAPES, ids=str)
def case(request, rng):
    n_out, n_in, kernel, dilation = request.param
    x = rng.standard_normal((n_in, AT + N + (kernel - 1) * dilation + 2)).astype(np.float32)
    weight = rng.standard_normal((n_out, n_in * kernel)).astype(np.float32)
    of_out = rng.standard_normal((n_out, TO + N + 4)).astype(np.float32)
    return x, weight, of_out, (kernel, dilation)


def test_a_convolution_is_its_formula_and_is_added(case):
    x, weight, begun, taps = case
    out = begun.copy()
    convolve(out, x, weight, taps, (N, TO, AT))
    expected = begun.astype(np.float64)
    expected[:, TO : TO + N] += written_out(x, weight, taps)
    np.testing.assert_allclose(out, expected, rtol=0, atol=weight.shape[1] * ROW_SUM)


def test_the_ways_back_are_its_transposes(case):
    """⟨conv(x, w), g⟩ is linear in x and in w, so that its gradient is known by unit steps: here in all at once."""
    x, weight, of_out, taps = case
    seen = of_out[:, TO : TO + N].astype(np.float64)
    of_weight, of_x = np.zeros_like(weight), np.zeros_like(x)
    convolve_weight_gradient(of_weight, of_out, x, taps, (N, TO, AT))
    convolve_input_gradient(of_x, of_out, weight, taps, (N, TO, AT))
    kernel, dilation = taps
    expected = np.zeros(of_x.shape)
    for k in range(kernel):
        first = AT + k * dilation
        expected[:, first : first + N] += weight[:, k::kernel].T.astype(np.float64) @ seen
        heard = x[:, first : first + N].astype(np.float64)
        np.testing.assert_allclose(of_weight[:, k::kernel], seen @ heard.T, rtol=0, atol=N * ROW_SUM)
    np.testing.assert_allclose(of_x, expected, rtol=0, atol=weight.shape[0] * kernel * ROW_SUM)
