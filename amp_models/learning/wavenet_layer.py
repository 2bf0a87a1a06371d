"""One layer of a WaveNet and its gradient, compiled, tile by tile.

Conventions:
    Signals are [C, T], float32, contiguous, and end at the same sample: each layer returns fewer samples than it takes.
    Weights of a convolution are [n_out, n_in · K], the last tap the newest. A `slope` below 0 stands for tanh, else it
    is that of a leaky rectifier. A `Span` is where a convolution works: n samples, from where in its output, from where
    in its input; whole arrays and spans are passed, for only rows of whole arrays are known to be contiguous.

    z = conv(x) + bias + mixer · c,  a = act(z),  x ← x + handing · a + lift,  head ← head + a
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from amp_models.learning.rows import (
    N_TILE,
    bend_leaky,
    bend_tanh,
    compiled,
    dot_four_twice,
    dot_one,
    fill,
    mix_four,
    mix_four_twice,
    mix_one,
    total,
    unbend_leaky,
    unbend_tanh,
)

Array = NDArray[np.float32]
Span = tuple[int, int, int]
Kernel = tuple[int, int]
"""Taps, and the samples from one to the next."""


@compiled
def tap(x: Array, index: int, taps: Kernel, span: Span) -> Array:
    """What the tap of that index, in the order of the weights, hears of `x` [n_in, ...] over the span: a row [n]."""
    kernel, dilation = taps
    first = span[2] + (index % kernel) * dilation
    return x[index // kernel, first : first + span[0]]


@compiled
def convolve(out: Array, x: Array, weight: Array, taps: Kernel, span: Span) -> None:
    """Adds the convolution of `x` [n_in, ...] to `out` [n_out, ...]."""
    n_out, n_all = weight.shape
    n, to, _ = span
    for j in range(0, n_all - 3, 4):
        a, b, c, d = (
            tap(x, j, taps, span),
            tap(x, j + 1, taps, span),
            tap(x, j + 2, taps, span),
            tap(x, j + 3, taps, span),
        )
        for o in range(0, n_out - 1, 2):
            w, v = weight[o, j : j + 4], weight[o + 1, j : j + 4]
            mix_four_twice(out[o, to : to + n], out[o + 1, to : to + n], a, b, c, d, w, v)
        if n_out % 2:
            mix_four(out[n_out - 1, to : to + n], a, b, c, d, weight[n_out - 1, j : j + 4])
    for j in range(n_all - n_all % 4, n_all):
        for o in range(n_out):
            mix_one(out[o, to : to + n], tap(x, j, taps, span), weight[o, j])


@compiled
def convolve_weight_gradient(found: Array, of_out: Array, x: Array, taps: Kernel, span: Span) -> None:
    """Adds the gradient of the weights to `found` [n_out, n_in · K], from that of the output [n_out, ...]."""
    n_out, n_all = found.shape
    n, to, _ = span
    for j in range(0, n_all - 3, 4):
        a, b, c, d = (
            tap(x, j, taps, span),
            tap(x, j + 1, taps, span),
            tap(x, j + 2, taps, span),
            tap(x, j + 3, taps, span),
        )
        for o in range(0, n_out - 1, 2):
            g, h = of_out[o, to : to + n], of_out[o + 1, to : to + n]
            dot_four_twice(g, h, a, b, c, d, found[o, j : j + 4], found[o + 1, j : j + 4])
        if n_out % 2:
            last = of_out[n_out - 1, to : to + n]
            found[n_out - 1, j] += dot_one(last, a)
            found[n_out - 1, j + 1] += dot_one(last, b)
            found[n_out - 1, j + 2] += dot_one(last, c)
            found[n_out - 1, j + 3] += dot_one(last, d)
    for j in range(n_all - n_all % 4, n_all):
        for o in range(n_out):
            found[o, j] += dot_one(of_out[o, to : to + n], tap(x, j, taps, span))


@compiled
def convolve_input_gradient(found: Array, of_out: Array, weight: Array, taps: Kernel, span: Span) -> None:
    """Adds the gradient of the input to `found` [n_in, ...], from that of the output [n_out, ...]."""
    n_out, n_all = weight.shape
    kernel, dilation = taps
    n_in = n_all // kernel
    n, to, at = span
    pair = np.empty((2, 4), np.float32)
    for k in range(kernel):
        first = at + k * dilation
        end = first + n
        for o in range(0, n_out - 3, 4):
            a, b = of_out[o, to : to + n], of_out[o + 1, to : to + n]
            c, d = of_out[o + 2, to : to + n], of_out[o + 3, to : to + n]
            for i in range(0, n_in - 1, 2):
                for q in range(4):
                    pair[0, q] = weight[o + q, i * kernel + k]
                    pair[1, q] = weight[o + q, (i + 1) * kernel + k]
                mix_four_twice(found[i, first:end], found[i + 1, first:end], a, b, c, d, pair[0], pair[1])
            if n_in % 2:
                for q in range(4):
                    pair[0, q] = weight[o + q, (n_in - 1) * kernel + k]
                mix_four(found[n_in - 1, first:end], a, b, c, d, pair[0])
        for o in range(n_out - n_out % 4, n_out):
            for i in range(n_in):
                mix_one(found[i, first:end], of_out[o, to : to + n], weight[o, i * kernel + k])


@compiled
def layer_forward(
    x: Array,
    audio: Array,
    weights: tuple[Array, Array, Array, Array, Array],
    shape: tuple[int, int, float],
    results: tuple[Array, Array, Array],
) -> None:
    """Fills a layer's bent signal [C, n] and what it hands on [C, n], and adds to the head [C, m], m <= n.

    Args:
        x: from the layer before, [C, n + (K - 1) · dilation].
        audio: the network's input, [T].
        weights: of convolution [C, C · K], bias [C], mixer [C], handing on [C, C], lift [C].
        shape: kernel, dilation, slope.
        results: bent, handed on, head.
    """
    weight, bias, mixer, handing, lift = weights
    kernel, dilation, slope = shape
    bent, handed, head = results
    n_channels, n = bent.shape
    before, past, gone = x.shape[1] - n, audio.size - n, n - head.shape[1]
    for start in range(0, n, N_TILE):
        end = min(start + N_TILE, n)
        for o in range(n_channels):
            fill(bent[o, start:end], bias[o], mixer[o], audio[past + start : past + end])
            fill(handed[o, start:end], lift[o], np.float32(1), x[o, before + start : before + end])
        convolve(bent, x, weight, (kernel, dilation), (end - start, start, start))
        for o in range(n_channels):
            if slope < 0:
                bend_tanh(bent[o, start:end])
            else:
                bend_leaky(bent[o, start:end], np.float32(slope))
        convolve(handed, bent, handing, (1, 1), (end - start, start, start))
        first = max(start, gone)
        if first < end:
            for o in range(n_channels):
                mix_one(head[o, first - gone : end - gone], bent[o, first:end], np.float32(1))


@compiled
def layer_backward(
    signals: tuple[Array, Array, Array],
    weights: tuple[Array, Array, Array, Array, Array],
    shape: tuple[int, int, float],
    gradients: tuple[Array, Array, Array],
    found: tuple[Array, Array, Array, Array, Array],
) -> None:
    """Fills the gradient of a layer's input, and adds those of its weights to `found`.

    Args:
        signals: the layer's input, the network's, and what it bent.
        weights: as `layer_forward`; `found` likewise.
        shape: kernel, dilation, slope.
        gradients: of what was handed on [C, n] (no rows where nobody heard it), of the head [C, m], and of the input,
            to be filled.
    """
    x, audio, bent = signals
    weight, _, _, handing, _ = weights
    kernel, dilation, slope = shape
    of_handed, of_head, of_x = gradients
    n_channels, n = bent.shape
    before, past, gone = x.shape[1] - n, audio.size - n, n - of_head.shape[1]
    inner = np.empty((n_channels, N_TILE), np.float32)
    of_x[:] = 0
    for start in range(0, n, N_TILE):
        end = min(start + N_TILE, n)
        length = end - start
        inner[:] = 0
        if of_handed.shape[0]:
            convolve_input_gradient(inner, of_handed, handing, (1, 1), (length, start, 0))
            convolve_weight_gradient(found[3], of_handed, bent, (1, 1), (length, start, start))
            for o in range(n_channels):
                found[4][o] += total(of_handed[o, start:end])
                mix_one(of_x[o, before + start : before + end], of_handed[o, start:end], np.float32(1))
        first = max(start, gone)
        for o in range(n_channels):
            if first < end:
                mix_one(inner[o, first - start : length], of_head[o, first - gone : end - gone], np.float32(1))
            if slope < 0:
                unbend_tanh(inner[o, :length], bent[o, start:end])
            else:
                unbend_leaky(inner[o, :length], bent[o, start:end], np.float32(slope))
            found[1][o] += total(inner[o, :length])
            found[2][o] += dot_one(inner[o, :length], audio[past + start : past + end])
        convolve_weight_gradient(found[0], inner, x, (kernel, dilation), (length, 0, start))
        convolve_input_gradient(of_x, inner, weight, (kernel, dilation), (length, 0, start))
