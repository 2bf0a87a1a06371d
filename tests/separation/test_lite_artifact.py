"""The artifact of `lite`: the same numbers on every engine, in little room, with its papers."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import pytest
import torch
from safetensors.numpy import load_file

from mixassist.dsp.scores import null_db
from mixassist.runtime import Artifact, open_session
from mixassist.runtime.artifact import GRAPH, WEIGHTS, ModelCard
from separation import lite_artifact
from separation.batches import Examples
from separation.catalogue import EMBEDDED, embedded_names
from separation.lite_artifact import GOLDEN_STEPS, Material, export_lite, publish
from separation.net import LiteNet, build_lite, masks
from separation.remix import Remixer
from separation.songs import SongLibrary
from separation.training import lite_learner
from tests.separation.tiny_lite import OPTIONS, TINY, write_set
from tests.tolerances import ENGINE_FP32_DB

MAX_MB = 15
ROW = {"drums": 1.0, "bass": 1.0, "other": 1.0, "vocals": 1.0, "mean": 1.0}
TABLE = {
    "median": {"model": ROW, "mixture": ROW, "oracle": ROW},
    "songs": {"b": {"model": ROW, "mixture": ROW, "oracle": ROW}},
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> tuple[LiteNet, Artifact]:
    """A network and its artifact; the export takes seconds."""
    torch.manual_seed(0)
    net, folder = LiteNet(TINY), tmp_path_factory.mktemp("exported") / "tiny"
    return net, export_lite(net, ModelCard("tiny", "none"), {"CARD.md": "# tiny"}, folder, {"sharpness": 0.5})


@pytest.mark.parametrize("engine", ["torch", "onnxruntime", "openvino"])
def test_artifact_gives_the_golden_masks_on_every_engine(exported, engine):
    _, artifact = exported
    golden = artifact.golden()
    session = open_session(artifact, engine, "fp32", n_threads=1, torch_builder="separation.net:build_lite")
    assert null_db(session.run(golden.inputs)["mask"], golden.outputs["mask"]) < ENGINE_FP32_DB


def test_artifact_holds_the_rounded_weights_of_the_network_and_its_card(exported, rng):
    net, artifact = exported
    magnitude = rng.exponential(size=(1, 4, TINY.n_fft // 2 + 1, 24)).astype(np.float32)
    np.testing.assert_array_equal(masks(build_lite(artifact), magnitude), masks(net, magnitude))
    assert artifact.file("CARD.md").read_text(encoding="utf-8") == "# tiny"
    assert artifact.spec.options["refinement"] == {"sharpness": 0.5}


def test_the_graph_keeps_the_very_numbers_of_the_weights_in_half_the_room(exported):
    _, artifact = exported
    constants = [onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(artifact.file(GRAPH)).graph.initializer]
    kept = [np.sort(array, axis=None) for array in constants if array.dtype == np.float16]
    for name, weights in load_file(artifact.file(WEIGHTS)).items():
        if weights.size >= 64:
            assert any(np.array_equal(np.sort(weights, axis=None), array) for array in kept), name


def test_golden_masks_are_in_steps(exported):
    steps = exported[1].golden().outputs["mask"] * GOLDEN_STEPS
    np.testing.assert_array_equal(steps, np.round(steps))


@pytest.mark.parametrize("name", embedded_names())
def test_what_is_shipped_is_small(name):
    n_bytes = sum(path.stat().st_size for path in (EMBEDDED / name).iterdir())
    assert n_bytes <= MAX_MB * 1e6


@pytest.mark.usefixtures("tiny_is_known")
def test_a_run_is_published_with_scores_and_credits(tmp_path, rng, monkeypatch):
    songs, asked, papers = write_set(tmp_path / "set", rng, seconds=2), [], []
    run = trained(tmp_path / "run", songs)

    def score(folder, model, only=()):
        asked.append((folder, model.name, tuple(only)))
        return TABLE

    def export(net, card, texts, folder, refinement):
        papers.append((card, texts, refinement))
        return SimpleNamespace(path=folder)

    monkeypatch.setattr(lite_artifact, "score_folder", score)
    monkeypatch.setattr(lite_artifact, "leaks_of_folder", lambda folder, model: {"punk": -30.0})
    material = Material(run, songs, test=tmp_path / "eval", refinement={"sharpness": 0.5})
    publish("tiny", material, tmp_path / "out", export)
    assert asked == [(songs / "songs", "tiny", ("b", "made-000000", "made-000001")), (tmp_path / "eval", "tiny", ())]
    card, texts, refinement = papers[-1]
    assert refinement == {"sharpness": 0.5}
    assert json.loads(texts["scores.json"]) == {"held_out": TABLE, "test": TABLE, "leak": {"punk": -30.0}}
    assert [credit["credit"] for credit in card.credits] == ["A Band", "A Singer", "A Drummer"]
    assert (card.training["n_steps"], card.training["n_batch"]) == (1, OPTIONS.n_batch)
    assert card.training["best"] == {"mean": 1.0, "minutes": 0.5}
    assert card.licence.startswith("MIT (weights)")
    assert texts["CARD.md"].startswith("# tiny")


def trained(run: Path, songs: Path) -> Path:
    """The folder of a run of one step."""
    run.mkdir()
    library = SongLibrary.open(songs, ("b",))
    learner = lite_learner(run, Examples(Remixer(library, OPTIONS.n_samples(TINY)), TINY, 3), OPTIONS, {})
    learner.step(learner.material())
    learner.best = {"mean": 1.0, "minutes": 0.5}
    learner.save()
    return run
