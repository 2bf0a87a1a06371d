import json

import pytest

from mixassist.runtime import load_artifact
from separation.catalogue import HUB_MODELS, embedded_names
from tests.amp_models.random_nams import linear
from transfer.catalogue import EMBEDDED
from transfer.catalogue import embedded_names as embedded_timbres


@pytest.fixture(autouse=True)
def _empty_hub(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def test_list_names_every_model_and_where_it_is(mixassist):
    models = {model["name"]: model for model in mixassist("model", "list", "--json").json["models"]}
    assert set(models) == {*embedded_names(), *embedded_timbres(), *HUB_MODELS}
    assert models["htdemucs"]["where"] == "can be fetched"
    assert (models["alto-sax"]["family"], models["lite"]["family"]) == ("timbre", "separator")
    shown = mixassist("model", "list").out
    assert all(name in shown for name in models)


def test_info_says_what_a_model_is(mixassist, tiny_htdemucs):
    facts = mixassist("model", "info", tiny_htdemucs.path, "--json").json
    assert facts["stems"] == ["drums", "bass", "other", "vocals"]
    assert facts["networks"][0]["kind"] == "htdemucs"
    shown = mixassist("model", "info", tiny_htdemucs.path).out
    assert "drums, bass, other, vocals" in shown


def test_info_says_whose_sound_a_timbre_is(mixassist):
    facts = mixassist("model", "info", "alto-sax", "--json").json
    assert (facts["family"], facts["networks"][0]["kind"]) == ("timbre", "instrument")
    shown = mixassist("model", "info", EMBEDDED / "alto-sax").out
    assert "Karoryfer" in shown
    assert "stems" not in shown


def test_amps_are_models_too(mixassist, tmp_path):
    (tmp_path / "box.nam").write_text(json.dumps(linear()))
    facts = mixassist("model", "info", tmp_path / "box.nam", "--json").json
    assert (facts["name"], facts["family"]) == ("box", "amp")
    folder = facts["networks"][0]["folder"]
    assert mixassist("model", "info", folder, "--json").json["family"] == "amp"


def test_an_exported_model_is_the_model(mixassist, tmp_path):
    words = ("model", "export", "alto-sax", "-o", tmp_path / "sax", "--precision", "fp16")
    (network,) = mixassist(*words, "--json").json["networks"]
    assert {"CARD.md", "model.onnx", "model.fp16.onnx", "golden.npz", "model.json"} <= set(network["files"])
    sizes = [(tmp_path / "sax" / name).stat().st_size for name in ("model.onnx", "model.fp16.onnx")]
    assert sizes[0] > sizes[1] > 0
    assert load_artifact(tmp_path / "sax").sha256 == load_artifact(EMBEDDED / "alto-sax").sha256
    again = mixassist(*words)
    assert (again.code, len(again.error_lines)) == (2, 1)
    assert mixassist(*words, "--force").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("export", "alto-sax", "-o", "new", "--precision", "fp8"), "a graph in fp8 cannot be written"),
        (("export", "alto-sax", "-o", ".", "--force"), "holds no model.json, so it is no model"),
        (("info", "no-such-model"), "no model is called no-such-model"),
    ],
)
def test_what_cannot_be_is_one_line(mixassist, words, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "song.wav").write_text("precious")
    outcome = mixassist("model", *words)
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)
    assert message in outcome.error_lines[0]
    assert [path.name for path in tmp_path.iterdir()] == ["song.wav"]


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


def test_what_comes_along_need_not_be_fetched(mixassist):
    assert "alto-sax is ready" in mixassist("model", "fetch", "alto-sax").err
