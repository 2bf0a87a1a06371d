"""Layers made of layers: latencies, alignment and blocks of any net that can be drawn."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from mixassist.errors import OptionError
from mixassist.runtime.layers.convolution import CausalConv1d, CausalConvTranspose1d, ConvOptions
from mixassist.runtime.layers.layer import Delay, Pointwise, StreamLayer
from mixassist.runtime.layers.recurrence import StreamGRU, StreamLSTM
from mixassist.runtime.layers.structure import Chain, Parallel, Residual
from tests.runtime.layers.streaming import cuts, distance_db, in_blocks, noise, whole
from tests.tolerances import STREAM_FLOAT64_DB

N_CHANNELS = 4


def conv(draw: st.DrawFn, stride: int = 1) -> StreamLayer:
    kernel, dilation = draw(st.integers(1, 5)), draw(st.integers(1, 3))
    n_ahead = draw(st.none() | st.integers(0, (kernel - 1) * dilation))
    return CausalConv1d(N_CHANNELS, N_CHANNELS, kernel, ConvOptions(stride=stride, dilation=dilation, n_ahead=n_ahead))


def down_and_up(draw: st.DrawFn, inner: StreamLayer) -> StreamLayer:
    stride = draw(st.integers(2, 4))
    up = CausalConvTranspose1d(N_CHANNELS, N_CHANNELS, draw(st.integers(stride, 9)), ConvOptions(stride=stride))
    return Chain(conv(draw, stride), inner, up)


@st.composite
def layers(draw, depth=2):
    """A random layer of N_CHANNELS in and out that keeps the rate."""
    kind = draw(st.sampled_from(["conv", "tanh", "recurrence", "delay"] + ["chain", "around", "side", "down"] * depth))
    inner = layers(depth - 1)
    if kind == "conv":
        return conv(draw)
    if kind == "tanh":
        return Pointwise(nn.Tanh())
    if kind == "recurrence":
        return draw(st.sampled_from([StreamGRU, StreamLSTM]))(N_CHANNELS, N_CHANNELS)
    if kind == "delay":
        return Delay(N_CHANNELS, draw(st.integers(0, 5)))
    if kind == "chain":
        return Chain(*draw(st.lists(inner, min_size=1, max_size=3)))
    if kind == "around":
        return Residual(N_CHANNELS, draw(inner))
    if kind == "side":
        return Parallel((draw(inner), draw(inner)), (N_CHANNELS, N_CHANNELS))
    return down_and_up(draw, draw(inner))


@settings(max_examples=60)
@given(layers(), cuts)
def test_any_net_gives_the_same_whole_and_in_blocks(layer, lengths):
    x = noise(N_CHANNELS, layer.block_multiple * 60)
    expected = whole(layer, x)
    assert expected.shape == x.shape
    assert distance_db(in_blocks(layer, x, lengths), expected) < STREAM_FLOAT64_DB


@settings(max_examples=40)
@given(layers())
@torch.no_grad()
def test_no_net_hears_the_future(layer):
    """What comes out before a change of the input is the same with and without it."""
    multiple = layer.block_multiple
    x = noise(N_CHANNELS, multiple * 30)
    changed = x.clone()
    changed[..., 20 * multiple :] += 1
    before = slice(0, 20 * multiple)
    assert distance_db(whole(layer, changed)[..., before], whole(layer, x)[..., before]) < STREAM_FLOAT64_DB


def centred(kernel: int) -> StreamLayer:
    return CausalConv1d(2, 2, kernel, ConvOptions(n_ahead=kernel // 2))


@torch.no_grad()
def test_a_residual_speaks_of_the_same_moment():
    body = centred(9)
    layer = Residual(2, body)
    x = noise(2, 50)
    found = in_blocks(layer, x, [7, 3])
    expected = x + functional.conv1d(x, body.convolution.weight, body.convolution.bias, padding=4)
    assert layer.latency_samples == 4
    assert distance_db(found[..., 4:], expected[..., :-4]) < STREAM_FLOAT64_DB


@torch.no_grad()
def test_stacked_branches_wait_for_the_slowest():
    quick, slow = centred(3), centred(11)
    layer = Parallel((quick, slow), (2, 2), is_stacked=True)
    x = noise(2, 50)
    found = in_blocks(layer, x, [5])
    expected = torch.cat(
        [functional.conv1d(x, one.convolution.weight, one.convolution.bias, padding="same") for one in (quick, slow)],
        dim=1,
    )
    assert layer.latency_samples == 5
    assert [state.shape[1:] for state in layer.states()] == [(2, 2), (2, 4), (2, 10)]
    assert distance_db(found[..., 5:], expected[..., :-5]) < STREAM_FLOAT64_DB


def test_latency_and_blocks_are_counted_at_the_input():
    half, third = ConvOptions(stride=2), ConvOptions(stride=3)
    layer = Chain(
        CausalConv1d(1, 1, 4, half),
        CausalConv1d(1, 1, 5, ConvOptions(n_ahead=2)),
        CausalConv1d(1, 1, 3, third),
        CausalConvTranspose1d(1, 1, 3, third),
        CausalConvTranspose1d(1, 1, 4, half),
    )
    assert (layer.block_multiple, layer.latency_samples, layer.rate_change) == (6, 4, 1)
    assert Chain(CausalConvTranspose1d(1, 1, 4, ConvOptions(stride=4)), CausalConv1d(1, 1, 2, half)).block_multiple == 1


def test_states_are_named_by_their_place():
    layer = Chain(centred(1), Residual(2, Chain(centred(3), StreamLSTM(2, 2))))
    assert [state.name for state in layer.states()] == ["1_0_1_past", "1_1_0_past", "1_1_1_hidden", "1_1_1_cell"]


def test_branches_of_two_rates_are_refused():
    with pytest.raises(OptionError, match="branches change the rate by 1/2, 1"):
        Parallel((CausalConv1d(2, 2, 2, ConvOptions(stride=2)), centred(1)), (2, 2))


def test_a_branch_early_by_part_of_a_frame_is_refused():
    up = ConvOptions(stride=2, n_ahead=1)
    late = Chain(CausalConvTranspose1d(2, 2, 4, up), CausalConv1d(2, 2, 2, ConvOptions(stride=2)))
    assert late.latency_samples == Fraction(1, 2)
    with pytest.raises(OptionError, match="a branch is 1/2 frames early"):
        Parallel((late, centred(1)), (2, 2))
