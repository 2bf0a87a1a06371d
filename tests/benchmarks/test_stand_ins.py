"""The stand-ins are what they are said to be; that they stream is law 1."""

from __future__ import annotations

import pytest
import torch

from benchmarks import stand_ins
from benchmarks.stand_ins import build


@pytest.mark.parametrize(
    ("name", "n_weights", "n_states", "block_multiple", "latency_samples"),
    [
        ("conv-stack-16", 10_609, 10, 1, 0),
        ("lstm-24", 2_617, 2, 1, 0),
        ("gru-step", 107_329, 3, 64, 0),
        ("late-conv-16", 7_489, 8, 4, 122),
        ("causal-autoencoder-16", 934_465, 46, 128, 0),
    ],
)
def test_they_have_the_size_they_stand_for(name, n_weights, n_states, block_multiple, latency_samples):
    net = stand_ins.stand_in(name)
    assert sum(parameter.numel() for parameter in net.parameters()) == n_weights
    assert len(net.spec.states) == n_states
    assert (net.spec.block_multiple, net.spec.latency_samples) == (block_multiple, latency_samples)


@torch.no_grad()
def test_they_are_the_same_each_time_and_come_back_from_disk(stand_in):
    artifact = stand_in("lstm-24")
    kept, made = build(artifact), stand_ins.stand_in("lstm-24")
    assert artifact.spec == kept.spec == made.spec
    assert all(torch.equal(value, kept.state_dict()[name]) for name, value in made.state_dict().items())
