"""The usual sizes against the numbers their trainers are known for."""

from __future__ import annotations

import pytest

from amp_models.facts import facts_of_nam
from amp_models.net import wavenet_nam
from amp_models.wavenet.net import WaveNet
from amp_models.wavenet.sizes import SIZES


@pytest.mark.parametrize(
    ("size", "n_weights", "reach", "version"),
    [
        ("standard", 13802, 4093, "0.5.4"),
        ("lite", 6554, 4093, "0.5.4"),
        ("feather", 3026, 4093, "0.5.4"),
        ("nano", 842, 4093, "0.5.4"),
        ("a2-lite", 1871, 6347, "0.7.0"),
        ("a2-full", 12146, 6347, "0.7.0"),
    ],
)
def test_sizes_have_the_known_weights_and_reach(size, n_weights, reach, version):
    config = SIZES[size]
    facts = facts_of_nam(wavenet_nam(WaveNet(config), config, {}, 48000), size)
    assert (facts.n_weights, facts.reach_samples, facts.version) == (n_weights, reach, version)
