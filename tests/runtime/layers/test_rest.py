"""Layers at rest: from the first sample on like a network that has heard silence for ever."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from torch import nn

from mixassist.runtime.layers.convolution import CausalConv1d, ConvOptions
from mixassist.runtime.layers.layer import Pointwise
from mixassist.runtime.layers.rest import RestingConv1d, RestingLSTM, settle
from mixassist.runtime.layers.structure import Chain, Residual
from tests.runtime.layers.streaming import cuts, distance_db, in_blocks, noise, whole
from tests.tolerances import STREAM_FLOAT32_DB, STREAM_FLOAT64_DB


def chain(kind) -> Chain:
    bent = Chain(kind(4, 4, 3, ConvOptions(dilation=5, groups=2)), Pointwise(nn.Tanh()))
    return Chain(kind(1, 4, 3, ConvOptions()), Residual(4, bent), kind(4, 2, 4, ConvOptions(has_bias=False)))


def settled() -> tuple[Chain, Chain]:
    """A chain at rest, and one of the same weights that was just switched on."""
    resting, started = chain(RestingConv1d), chain(CausalConv1d)
    started.load_state_dict(resting.state_dict(), strict=False)
    settle(resting, [0.0])
    return resting, started


def test_a_settled_network_has_heard_silence_before():
    resting, started = settled()
    x = noise(1, 100)
    before = torch.zeros(len(x), 1, 50, dtype=torch.float64)
    expected = whole(started, torch.cat([before, x], dim=-1))[..., 50:]
    # The rest is kept in float32, like the weights.
    assert distance_db(whole(resting, x), expected) < STREAM_FLOAT32_DB
    assert distance_db(whole(started, x), expected) > -60


@settings(max_examples=20)  # cuts are tried a hundredfold on each layer by itself
@given(cuts)
def test_a_settled_network_does_not_depend_on_the_blocks(lengths):
    resting, _ = settled()
    x = noise(1, 120)
    assert distance_db(in_blocks(resting, x, lengths), whole(resting, x)) < STREAM_FLOAT64_DB


def test_a_network_that_was_not_settled_starts_with_zeros():
    resting, started = chain(RestingConv1d), chain(CausalConv1d)
    started.load_state_dict(resting.state_dict(), strict=False)
    x = noise(1, 60)
    assert distance_db(whole(resting, x), whole(started, x)) < STREAM_FLOAT64_DB


def test_settling_leaves_weights_and_dtype_as_they_are():
    layer = chain(RestingConv1d)
    before = [parameter.clone() for parameter in layer.parameters()]
    settle(layer, [0.0])
    assert all(torch.equal(old, new) for old, new in zip(before, layer.parameters(), strict=True))
    assert {value.dtype for value in layer.state_dict().values()} == {torch.float32}


@settings(max_examples=20)  # cuts are tried a hundredfold on each layer by itself
@given(cuts)
def test_an_lstm_starts_with_its_first_states(lengths):
    layer = RestingLSTM(2, 3)
    layer.first_hidden.copy_(torch.tensor([0.5, -0.25, 0.125]))
    layer.first_cell.copy_(torch.tensor([1.0, 0.5, -2.0]))
    x = noise(2, 80)
    found = in_blocks(layer, x, lengths)
    with torch.no_grad():
        first = tuple(start.repeat(1, len(x), 1) for start in (layer.first_hidden, layer.first_cell))
        expected = layer.cells(x.permute(2, 0, 1), first)[0].permute(1, 2, 0)
    assert distance_db(found, expected) < STREAM_FLOAT64_DB
