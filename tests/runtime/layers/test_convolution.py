"""Convolutions in blocks against torch's own of the whole signal."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional

from mixassist.errors import OptionError
from mixassist.runtime.layers.convolution import CausalConv1d, CausalConvTranspose1d, ConvOptions
from tests.runtime.layers.streaming import cuts, distance_db, in_blocks, noise
from tests.tolerances import STREAM_FLOAT64_DB

N_STEPS = 90


@st.composite
def convolutions(draw):
    kernel, dilation = draw(st.integers(1, 7)), draw(st.integers(1, 4))
    span = (kernel - 1) * dilation + 1
    options = ConvOptions(
        stride=draw(st.integers(1, 5)),
        dilation=dilation,
        groups=draw(st.sampled_from([1, 2])),
        has_bias=draw(st.booleans()),
        n_ahead=draw(st.none() | st.integers(0, span - 1)),
    )
    return CausalConv1d(4, 6, kernel, options), kernel, options


@given(convolutions(), cuts)
@torch.no_grad()
def test_a_convolution_is_torchs_own_late_by_its_latency(drawn, lengths):
    layer, kernel, options = drawn
    span, stride = (kernel - 1) * options.dilation + 1, options.stride
    n_ahead = stride - 1 if options.n_ahead is None else options.n_ahead
    n_late = int(layer.latency_samples / stride)
    assert n_late * stride == layer.latency_samples
    assert layer.latency_samples == max(-(-(n_ahead + 1 - stride) // stride), 0) * stride
    x = noise(4, N_STEPS * stride)
    found = in_blocks(layer, x, lengths)
    # A negative length cuts: a kernel shorter than its stride leaves out the samples before it.
    padded = functional.pad(x, (span - 1 - n_ahead, n_ahead))
    taps, bias = layer.convolution.weight, layer.convolution.bias
    expected = functional.conv1d(padded, taps, bias, stride, dilation=options.dilation, groups=options.groups)
    assert found.shape == (2, 6, N_STEPS)
    n_kept = N_STEPS - n_late
    assert distance_db(found[..., n_late:], expected[..., :n_kept]) < STREAM_FLOAT64_DB


@st.composite
def transposed(draw):
    stride, dilation = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    kernel = draw(st.integers(-(-(stride - 1) // dilation) + 1, 12))
    span = (kernel - 1) * dilation + 1
    options = ConvOptions(
        stride=stride,
        dilation=dilation,
        groups=draw(st.sampled_from([1, 2])),
        has_bias=draw(st.booleans()),
        n_ahead=draw(st.none() | st.integers(0, span - 1)),
    )
    return CausalConvTranspose1d(4, 6, kernel, options), options


@given(transposed(), cuts)
@torch.no_grad()
def test_a_transposed_convolution_is_torchs_own_late_by_its_latency(drawn, lengths):
    layer, options = drawn
    x = noise(4, N_STEPS)
    found = in_blocks(layer, x, lengths)
    inner = layer.convolution
    expected = functional.conv_transpose1d(
        x, inner.weight, inner.bias, options.stride, groups=options.groups, dilation=options.dilation
    )
    assert layer.latency_samples * options.stride == (options.n_ahead or 0)
    assert distance_db(found, expected[..., : found.shape[-1]]) < STREAM_FLOAT64_DB
    assert found.shape == (2, 6, N_STEPS * options.stride)


def test_a_centred_kernel_is_torchs_padding():
    layer = CausalConv1d(2, 2, 5, ConvOptions(dilation=3, n_ahead=6))
    x = noise(2, 64)
    found = in_blocks(layer, x, [64])
    with torch.no_grad():
        expected = functional.conv1d(x, layer.convolution.weight, layer.convolution.bias, padding=6, dilation=3)
    assert layer.latency_samples == 6
    assert distance_db(found[..., 6:], expected[..., :-6]) < STREAM_FLOAT64_DB


@pytest.mark.parametrize(
    ("layer", "n_ahead", "message"),
    [
        (CausalConv1d, 5, "n_ahead is 5: a kernel that spans 5 frames reaches 0 to 4 ahead"),
        (CausalConv1d, -1, "n_ahead is -1"),
        (CausalConvTranspose1d, 5, "n_ahead is 5"),
    ],
)
def test_a_reach_beyond_the_kernel_is_refused(layer, n_ahead, message):
    with pytest.raises(OptionError, match=message):
        layer(1, 1, 3, ConvOptions(dilation=2, n_ahead=n_ahead))


def test_a_transposed_kernel_that_leaves_holes_is_refused():
    with pytest.raises(OptionError, match="kernel spans 3 frames of a stride of 4"):
        CausalConvTranspose1d(1, 1, 3, ConvOptions(stride=4))
