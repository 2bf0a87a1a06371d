import json

import pytest

from separation.catalogue import HUB_MODELS, embedded_names, embedded_restorers


@pytest.fixture(autouse=True)
def _empty_hub(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def test_list_names_every_model_and_where_it_is(mixassist):
    models = {model["name"]: model["where"] for model in mixassist("model", "list", "--json").json["models"]}
    assert set(models) == {*embedded_names(), *embedded_restorers(), *HUB_MODELS}
    assert models["htdemucs"] == "can be fetched"
    for name in models:
        assert name in mixassist("model", "list").out


def test_info_says_what_a_model_is(mixassist, tiny_htdemucs):
    facts = mixassist("model", "info", tiny_htdemucs.path, "--json").json
    assert facts["stems"] == ["drums", "bass", "other", "vocals"]
    assert facts["networks"][0]["kind"] == "htdemucs"
    shown = mixassist("model", "info", tiny_htdemucs.path).out
    assert "drums, bass, other, vocals" in shown


def test_check_replays_the_golden_pair_on_every_engine(mixassist, tiny_htdemucs):
    outcome = mixassist("model", "check", tiny_htdemucs.path, "--json")
    assert outcome.code == 0, outcome.err
    rows = {(row["engine"], row["precision"], row["device"]): row for row in outcome.json["engines"]}
    for engine in ("torch", "onnxruntime", "openvino"):
        assert rows[engine, "fp32", "cpu"]["null_db"] < -80
    assert sum(row["is_chosen"] for row in rows.values()) == 1


def test_check_shows_a_table(mixassist, tiny_htdemucs, monkeypatch):
    """From what was measured before: measuring is slow, and tested above."""
    monkeypatch.setattr("mixassist.runtime.choice.forget", lambda artifact, options: None)
    table = mixassist("model", "check", tiny_htdemucs.path).out
    assert "openvino" in table
    assert "chosen" in table


def test_check_of_a_model_that_answers_wrongly_is_one_line(mixassist, tiny_htdemucs, tmp_path):
    """Sound files, honest checksums, but other numbers than the golden pair: no engine may pass."""
    import hashlib
    import shutil

    import numpy as np

    folder = tmp_path / "liar"
    shutil.copytree(tiny_htdemucs.path, folder)
    with np.load(folder / "golden.npz") as arrays:
        golden = {name: array + np.float32(1.0) if name.startswith("out_") else array for name, array in arrays.items()}
    np.savez(folder / "golden.npz", **golden)
    manifest = json.loads((folder / "model.json").read_text())
    manifest["files"]["golden.npz"] = hashlib.sha256((folder / "golden.npz").read_bytes()).hexdigest()
    (folder / "model.json").write_text(json.dumps(manifest))
    outcome = mixassist("model", "check", folder)
    assert outcome.code == 2
    assert "dB from the reference" in outcome.error_lines[0]


def test_fetching_what_does_not_exist_is_one_line(mixassist):
    outcome = mixassist("model", "fetch", "no-such-model")
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)
