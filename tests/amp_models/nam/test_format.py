"""The envelope of `.nam` files: what is read, refused and written."""

from __future__ import annotations

import json

import numpy as np
import pytest

from amp_models.nam.format import choose_model, contain, nam_from_dict, read_nam, submodels, write_nam
from mixassist.errors import ModelError, OptionError
from tests.amp_models.random_nams import EVERY, container, wavenet


@pytest.mark.parametrize("name", EVERY)
def test_a_file_written_back_is_the_same(name, tmp_path):
    first, second = tmp_path / "first.nam", tmp_path / "second.nam"
    first.write_text(json.dumps(EVERY[name] | {"metadata": {"name": "Test", "loudness": -20.25, "odd": [1, None]}}))
    write_nam(second, read_nam(first))
    assert json.loads(second.read_text()) == json.loads(first.read_text())


@pytest.mark.parametrize("name", ["A2", "lstm", "slimmable_container", "wavenet", "wavenet_a2_max"])
def test_public_files_written_back_are_the_same(name, shared_data, tmp_path):
    path = shared_data / "amp" / "nam" / f"{name}.nam"
    write_nam(tmp_path / "back.nam", read_nam(path))
    original, back = json.loads(path.read_text()), json.loads((tmp_path / "back.nam").read_text())
    original.pop("notes", None)
    assert back.pop("weights") == np.float32(original.pop("weights")).tolist()
    assert back == original


def test_a_rate_that_is_not_named_stays_so():
    data = wavenet("legacy")
    del data["sample_rate"]
    nam = nam_from_dict(data, "test.nam")
    assert nam.rate == 48000
    assert "sample_rate" not in nam.to_dict()
    assert nam_from_dict(data | {"sample_rate": None}, "test.nam").known_rate is None
    assert nam_from_dict(data | {"sample_rate": 44100.0}, "test.nam").to_dict()["sample_rate"] == 44100


@pytest.mark.parametrize("version", ["0.5.0", "0.5.4", "0.6.0", "0.7.0", "0.7.12"])
def test_public_versions_are_read(version):
    assert nam_from_dict(wavenet("legacy") | {"version": version}, "test.nam").version == version


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": "0.8.0"}, "test.nam is of version 0.8.0, this mixassist reads 0.5.0 to 0.7.0: update mixassist"),
        ({"version": "0.4.9"}, "is of version 0.4.9"),
        ({"version": "1.0.0"}, "is of version 1.0.0"),
        ({"version": "0.5"}, "is of version 0.5, "),
        ({"architecture": "ParametricWaveNet"}, "a network of kind 'ParametricWaveNet': this mixassist plays WaveNet"),
        ({"config": []}, "its config or metadata is no object"),
        ({"weights": ["a"]}, "its weights are no list of numbers"),
        ({"weights": [[0.5]]}, "its weights have 2 axes"),
        ({"weights": [0.5, float("nan")]}, "1 of 2 weights are NaN or infinite"),
        ({"sample_rate": 44100.5}, "sample rate of 44100.5 Hz"),
        ({"sample_rate": float("inf")}, "sample rate of inf Hz"),
        ({"sample_rate": float("nan")}, "sample rate of nan Hz"),
        ({"sample_rate": 10**400}, "sample rate of 1000"),
        ({"sample_rate": "48k"}, "sample rate of '48k' Hz"),
    ],
)
def test_what_cannot_be_read_says_why(change, message):
    with pytest.raises(ModelError, match=message):
        nam_from_dict(wavenet("legacy") | change, "test.nam")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"test.nam is damaged or cut off after 0 bytes \(.*\): download or export it again"),
        (b'{"version": "0.5.4", "weig', r"is damaged or cut off after 26 bytes"),
        (b"\xff\xfe\x00\x01", "is no .nam file: it is not text"),
        (b"[1, 2]", "is no .nam file: it lacks version, architecture, config, weights"),
        (b'{"version": "0.5.4"}', "it lacks architecture, config, weights"),
    ],
)
def test_a_broken_file_says_why(content, message, tmp_path):
    (tmp_path / "test.nam").write_bytes(content)
    with pytest.raises(ModelError, match=message):
        read_nam(tmp_path / "test.nam")


def test_a_missing_file_says_why(tmp_path):
    with pytest.raises(ModelError, match=r"none.nam cannot be read \(No such file or directory\): check its name"):
        read_nam(tmp_path / "none.nam")


def test_a_container_is_written_as_its_models_are():
    models = submodels(nam_from_dict(container(), "test.nam"))
    assert contain(models).to_dict() == container()


@pytest.mark.parametrize(
    "limits", [[0.5, 0.4], [0.5, 0.5], [0.5, 0.9], [], [0.5, np.nan], [np.nan, 1.0], [0.5, np.inf]]
)
def test_a_container_out_of_order_is_refused(limits):
    data = container()
    data["config"] = {"submodels": [{"max_value": limit, "model": wavenet("new")} for limit in limits]}
    with pytest.raises(ModelError, match="they must rise to 1"):
        choose_model(nam_from_dict(data, "test.nam"))


def test_a_container_of_two_rates_is_refused():
    data = container()
    data["config"]["submodels"][0]["model"]["sample_rate"] = 44100
    with pytest.raises(ModelError, match="holds models of 44100, 48000 Hz"):
        choose_model(nam_from_dict(data, "test.nam"))


def test_sizes_are_for_containers():
    with pytest.raises(OptionError, match=r"test\.nam is one WaveNet, with no sizes to choose from"):
        choose_model(nam_from_dict(wavenet("new"), "test.nam"), 0.5, "test.nam")
    with pytest.raises(OptionError, match=r"size is 1\.5: it lies between 0"):
        choose_model(nam_from_dict(container(), "test.nam"), 1.5)


def test_weights_keep_every_bit(tmp_path):
    data = wavenet("legacy")
    weights = np.random.default_rng(0).standard_normal(len(data["weights"])).astype(np.float32)
    nam = nam_from_dict(data | {"weights": weights.astype(float).tolist()}, "test.nam")
    write_nam(tmp_path / "test.nam", nam)
    np.testing.assert_array_equal(read_nam(tmp_path / "test.nam").weights, weights)
