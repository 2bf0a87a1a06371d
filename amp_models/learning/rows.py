"""Sums of weighted rows, compiled: the arithmetic that training an amp consists of.

Task:
    Amps are networks of a few channels over very many samples, which is what libraries of tensors are worst at: they
    move each sample through memory dozens of times for a handful of operations. Here rows of a few hundred samples stay
    in the processor's first cache while all weights pass over them.

Conventions:
    Rows are float32 [n], contiguous; taps of a convolution are one row read at another place. Each function but `fill`
    adds to what it writes. Four rows enter, and two leave, at once, for then every value loaded is used twice.

References:
    Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34(3), 2008 (blocking).
    G. Guennebaud et al., Eigen (MPL 2.0), for the coefficients of the rational tanh.

This module is the door of numba, which librosa brings along.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

Rows = NDArray[np.float32]
Function = TypeVar("Function", bound=Callable[..., Any])

N_TILE = 1024
"""Samples worked on at once: eight channels of them, and what is made of them, stay in the first cache."""

TANH_LIMIT = 7.9
"""Beyond it tanh is 1, to the 3e-7 that the quotient is good for."""


def compiled(function: Function) -> Function:
    """The function as machine code, made when it is first called and kept on disk; other threads run meanwhile."""
    return cast(Function, njit(fastmath=True, nogil=True, error_model="numpy", cache=True)(function))


@compiled
def fill(out: Rows, level: np.float32, weight: np.float32, row: Rows) -> None:
    for t in range(out.size):
        out[t] = level + weight * row[t]


@compiled
def mix_one(out: Rows, row: Rows, weight: np.float32) -> None:
    for t in range(out.size):
        out[t] += weight * row[t]


@compiled
def mix_four(out: Rows, a: Rows, b: Rows, c: Rows, d: Rows, weights: Rows) -> None:
    w_a, w_b, w_c, w_d = weights[0], weights[1], weights[2], weights[3]
    for t in range(out.size):
        out[t] += w_a * a[t] + w_b * b[t] + w_c * c[t] + w_d * d[t]


@compiled
def mix_four_twice(out: Rows, second: Rows, a: Rows, b: Rows, c: Rows, d: Rows, weights: Rows, others: Rows) -> None:
    w_a, w_b, w_c, w_d = weights[0], weights[1], weights[2], weights[3]
    v_a, v_b, v_c, v_d = others[0], others[1], others[2], others[3]
    for t in range(out.size):
        out[t] += w_a * a[t] + w_b * b[t] + w_c * c[t] + w_d * d[t]
        second[t] += v_a * a[t] + v_b * b[t] + v_c * c[t] + v_d * d[t]


@compiled
def dot_one(row: Rows, other: Rows) -> np.float32:
    total = np.float32(0)
    for t in range(row.size):
        total += row[t] * other[t]
    return total


@compiled
def dot_four_twice(row: Rows, second: Rows, a: Rows, b: Rows, c: Rows, d: Rows, sums: Rows, others: Rows) -> None:
    s_a = s_b = s_c = s_d = np.float32(0)
    r_a = r_b = r_c = r_d = np.float32(0)
    for t in range(row.size):
        s, r = row[t], second[t]
        s_a += s * a[t]
        s_b += s * b[t]
        s_c += s * c[t]
        s_d += s * d[t]
        r_a += r * a[t]
        r_b += r * b[t]
        r_c += r * c[t]
        r_d += r * d[t]
    sums[0] += s_a
    sums[1] += s_b
    sums[2] += s_c
    sums[3] += s_d
    others[0] += r_a
    others[1] += r_b
    others[2] += r_c
    others[3] += r_d


@compiled
def total(row: Rows) -> np.float32:
    found = np.float32(0)
    for t in range(row.size):
        found += row[t]
    return found


@compiled
def bend_tanh(row: Rows) -> None:
    """Puts tanh in the place of each value, to float32's own precision, by a quotient of two polynomials."""
    for t in range(row.size):
        x = min(max(row[t], np.float32(-TANH_LIMIT)), np.float32(TANH_LIMIT))
        s = x * x
        above = np.float32(-2.76076847742355e-16)
        above = above * s + np.float32(2.00018790482477e-13)
        above = above * s + np.float32(-8.60467152213735e-11)
        above = above * s + np.float32(5.12229709037114e-08)
        above = above * s + np.float32(1.48572235717979e-05)
        above = above * s + np.float32(6.37261928875436e-04)
        above = above * s + np.float32(4.89352455891786e-03)
        below = np.float32(1.19825839466702e-06)
        below = below * s + np.float32(1.18534705686654e-04)
        below = below * s + np.float32(2.26843463243900e-03)
        below = below * s + np.float32(4.89352518554385e-03)
        row[t] = x * above / below


@compiled
def bend_leaky(row: Rows, slope: np.float32) -> None:
    for t in range(row.size):
        row[t] = max(row[t], np.float32(0)) + slope * min(row[t], np.float32(0))


@compiled
def unbend_tanh(gradient: Rows, bent: Rows) -> None:
    """Turns the gradient behind a tanh into the one before it."""
    for t in range(gradient.size):
        gradient[t] *= np.float32(1) - bent[t] * bent[t]


@compiled
def unbend_leaky(gradient: Rows, bent: Rows, slope: np.float32) -> None:
    for t in range(gradient.size):
        gradient[t] *= np.float32(1) if bent[t] > 0 else slope
