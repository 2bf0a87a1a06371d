"""The comparison with the peer: by a fake one everywhere, by itself where MIXASSIST_PEER_PYTHON names its Python."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from amp_models.nam.finish import finish_nam
from amp_models.nam.format import contain, nam_from_dict, read_nam
from amp_models.nam.loudness import measure_loudness
from amp_models.nam.net import player
from benchmarks import nam_peer
from benchmarks.nam_peer import compare, probe_take, public_models, random_models, run_peer
from mixassist.errors import ModelError
from tests.amp_models.random_nams import WAVENETS, lstm, wavenet
from tests.tolerances import LOUDNESS_DB, PEER_DB

TAKE = probe_take(0.1)


@pytest.fixture
def peer_python() -> Path:
    if "MIXASSIST_PEER_PYTHON" not in os.environ:
        pytest.skip("no peer: set MIXASSIST_PEER_PYTHON to the Python of a venv with neural-amp-modeler 0.13.0")
    return Path(os.environ["MIXASSIST_PEER_PYTHON"])


@pytest.fixture
def mirror(monkeypatch) -> dict[str, str]:
    """A peer that plays as we do; it tells the schema of each file it was given."""
    given = {}

    def answer(_, folder):
        answers = {}
        for path in sorted(folder.glob("*.nam")):
            nam = read_nam(path)
            given[path.stem] = f"{nam.architecture} {nam.version}"
            np.save(path.with_suffix(".npy"), player(nam)(np.load(folder / "x.npy")[None])[0])
            measured = measure_loudness(player(nam))
            answers[path.stem] = {"loudness": measured.loudness_db, "gain": measured.compression}
        answers["000"] = {"trouble": "KeyError: 'head'"}
        (folder / "answers.json").write_text(json.dumps({"version": "0", "models": answers}))

    monkeypatch.setattr(nam_peer, "run_peer", answer)
    return given


def test_each_network_is_compared_in_a_form_that_the_peer_reads(mirror):
    old, new = (nam_from_dict(wavenet(name), name) for name in ("legacy", "new"))
    models = {"first": nam_from_dict(lstm(), "lstm"), "old": old, "both": contain([(0.5, new), (1.0, old)])}
    first, legacy, small, large = compare(Path("peer"), models, TAKE)
    assert first.row() == ("first", "the file, 0.5.4", "KeyError: 'head'", "", "")
    assert [check.handed_over for check in (legacy, small, large)] == [
        "0.5.4 rewritten as 0.7.0",
        "model in the container, the file, 0.7.0",
        "model in the container, 0.5.4 rewritten as 0.7.0",
    ]
    assert list(mirror.values()) == ["LSTM 0.5.4", "WaveNet 0.7.0", "WaveNet 0.7.0", "WaveNet 0.7.0"]
    for check in (legacy, small, large):
        assert check.null_db < PEER_DB
        assert abs(check.loudness_error_db) < LOUDNESS_DB


def test_the_network_behind_a_condition_is_rewritten_too():
    model = nam_from_dict(wavenet("condition"), "condition")
    inner = {**model.config["condition_dsp"], "config": {**WAVENETS["legacy"], "head_scale": 0.02}}
    assert nam_peer._rewritten(model) is model
    mixed = nam_from_dict(wavenet("mixed keys"), "mixed")
    both = {**mixed.config, "condition_dsp": inner}
    told = nam_peer._rewritten(nam_from_dict({**wavenet("mixed keys"), "config": both}, "both")).config
    assert "kernel_sizes" in told["layers"][0]
    assert "kernel_sizes" in told["condition_dsp"]["config"]["layers"][0]


def test_a_peer_that_is_none_says_so(tmp_path):
    with pytest.raises(ModelError, match=r"cannot be run .* name the Python of the peer's venv"):
        run_peer(tmp_path / "python", tmp_path)
    with pytest.raises(ModelError, match=r"failed \(.*\): pip install neural-amp-modeler"):
        run_peer(Path(sys.executable), tmp_path)


def test_what_we_write_sounds_the_same_in_the_peer(peer_python):
    models = random_models() | {"two layers": finish_nam(nam_from_dict(lstm(2), "two layers"))}
    for check in compare(peer_python, models, probe_take(0.5)):
        assert check.trouble is None, check.row()
        assert check.null_db < PEER_DB, check.row()
        assert abs(check.loudness_error_db) < LOUDNESS_DB, check.row()
        assert abs(check.compression_error) < 1e-4, check.row()


def test_public_models_sound_as_in_the_peer(peer_python, shared_data):
    checks = compare(peer_python, public_models(shared_data / "amp" / "nam"), probe_take(0.5))
    for check in checks:
        assert check.trouble is not None or check.null_db < PEER_DB, check.row()
    # Its reader takes no gated layers whose activations have parameters.
    assert [check.model for check in checks if check.trouble] == ["wavenet_a2_max"]
