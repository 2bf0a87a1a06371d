"""The usual sizes against the numbers their trainers are known for."""

from __future__ import annotations

import pytest

from amp_models.nam.facts import facts_of_nam
from amp_models.nam.format import contain, read_nam, submodels
from amp_models.nam.net import wavenet_nam
from amp_models.wavenet.net import WaveNet
from amp_models.wavenet.schema import parse_wavenet, write_wavenet
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


def test_a2_is_written_as_the_public_one_down_to_its_keys(shared_data, tmp_path):
    """Its player takes its fast path for exactly this shape, told by exactly these keys."""
    public = read_nam(shared_data / "amp" / "nam" / "A2.nam")
    for size, (_, model) in zip(("a2-lite", "a2-full"), submodels(public), strict=True):
        assert parse_wavenet(model.config) == SIZES[size]
        assert write_wavenet(SIZES[size], is_legacy=False) == model.config


def test_both_halves_of_a2_make_a_container():
    configs = [SIZES[size] for size in ("a2-lite", "a2-full")]
    halves = [wavenet_nam(WaveNet(config), config, {"loudness": -20.0}, 48000) for config in configs]
    whole = contain(list(zip((0.5, 1.0), halves, strict=True)))
    assert (whole.version, whole.architecture, whole.weights.size) == ("0.7.0", "SlimmableContainer", 0)
    assert [entry["max_value"] for entry in whole.config["submodels"]] == [0.5, 1.0]
    assert {entry["model"]["version"] for entry in whole.config["submodels"]} == {"0.7.0"}
    assert facts_of_nam(whole, "a2").n_weights == 12146
