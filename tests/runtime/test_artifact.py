from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mixassist.errors import ModelError
from mixassist.runtime.artifact import (
    GOLDEN,
    GRAPH,
    MANIFEST,
    Artifact,
    Golden,
    ModelCard,
    load_artifact,
    save_artifact,
)
from tests.runtime.tiny_networks import TWO_PATHS, random_inputs


@pytest.fixture
def copy(two_paths: Artifact, tmp_path: Path) -> Path:
    """A copy of an artifact, to be damaged."""
    return Path(shutil.copytree(two_paths.path, tmp_path / "copy"))


def rewrite_manifest(folder: Path, **changes: Any) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | changes))


def test_what_was_saved_is_loaded(two_paths: Artifact) -> None:
    loaded = load_artifact(two_paths.path)
    assert loaded.spec == TWO_PATHS
    assert loaded.name == "two-paths"
    assert loaded.sha256 == two_paths.sha256
    facts = ("kind", "rate", "licence", "training", "credits")
    assert [loaded.manifest[fact] for fact in facts] == [
        "two-paths",
        44100,
        "MIT",
        {"minutes": 0},
        [{"name": "nobody"}],
    ]


def test_the_golden_pair_comes_back_bit_for_bit(two_paths: Artifact) -> None:
    golden = two_paths.golden()
    for name, array in random_inputs(TWO_PATHS).items():
        np.testing.assert_array_equal(golden.inputs[name], array)
    assert golden.outputs["waves"].shape == (1, 2, 2, 96)
    assert golden.tolerance_db == -80.0


def test_a_folder_is_replaced_as_a_whole(copy: Path, two_paths: Artifact) -> None:
    (copy / "left-over").write_text("of an older model")
    golden = Golden(*(two_paths.golden().inputs, two_paths.golden().outputs), tolerance_db=-60.0)
    card = ModelCard("new", "CC0-1.0")
    saved = save_artifact(copy, spec=TWO_PATHS, card=card, files={GRAPH: two_paths.file(GRAPH)}, golden=golden)
    assert saved.name == "new"
    assert saved.golden().tolerance_db == -60.0
    assert {path.name for path in copy.iterdir()} == {MANIFEST, GRAPH, GOLDEN}
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_is_no_model_is_never_replaced(two_paths: Artifact, tmp_path: Path, is_folder: bool) -> None:
    kept = tmp_path / "songs" / "demo.wav"
    kept.parent.mkdir()
    kept.write_text("precious")
    place = kept.parent if is_folder else kept
    card, golden = ModelCard("new", "MIT"), two_paths.golden()
    with pytest.raises(ModelError, match=r"holds no model\.json, so it is no model: name another folder"):
        save_artifact(place, spec=TWO_PATHS, card=card, files={GRAPH: two_paths.file(GRAPH)}, golden=golden)
    assert kept.read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == ["songs"]


def test_what_cannot_be_saved_leaves_nothing_behind(two_paths: Artifact, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        save_artifact(
            tmp_path / "models" / "new",
            spec=TWO_PATHS,
            card=ModelCard("new", "MIT"),
            files={GRAPH: tmp_path / "absent.onnx"},
            golden=two_paths.golden(),
        )
    assert list((tmp_path / "models").iterdir()) == []


def test_a_truncated_graph_is_named_with_both_digests(copy: Path) -> None:
    data = (copy / GRAPH).read_bytes()
    (copy / GRAPH).write_bytes(data[: len(data) // 2])
    expected = json.loads((copy / MANIFEST).read_text())["files"][GRAPH][:12]
    with pytest.raises(
        ModelError, match=rf"model.onnx is damaged: its sha256 starts [0-9a-f]{{12}}, .* {expected}: fetch"
    ):
        load_artifact(copy)


def test_damage_after_a_first_load_is_seen(copy: Path) -> None:
    load_artifact(copy)
    (copy / GRAPH).write_bytes((copy / GRAPH).read_bytes() + b"\0")
    with pytest.raises(ModelError, match=r"model\.onnx is damaged"):
        load_artifact(copy)


@pytest.mark.parametrize("name", [GRAPH, GOLDEN])
def test_a_missing_file_is_named(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ModelError, match=rf"{name} cannot be read \(No such file"):
        load_artifact(copy)


def test_a_folder_without_a_manifest_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"is not a model folder: it holds no model\.json"):
        load_artifact(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "null", '{"files": []}', "\udcff"], ids=repr)
def test_a_malformed_manifest_is_refused(copy: Path, text: str) -> None:
    (copy / MANIFEST).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=r"model\.json (cannot be read|is not a model manifest)"):
        load_artifact(copy)


@pytest.mark.parametrize("version", [None, 0, 2, "1"])
def test_an_unknown_format_version_is_refused(copy: Path, version: object) -> None:
    rewrite_manifest(copy, format_version=version)
    with pytest.raises(ModelError, match=rf"format version {version}, this mixassist reads 1: update"):
        load_artifact(copy)


def test_a_missing_field_is_named(copy: Path) -> None:
    manifest = json.loads((copy / MANIFEST).read_text())
    del manifest["spec"]
    (copy / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(ModelError, match="lacks spec"):
        load_artifact(copy)


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "a/b", "..", "", "C:x", "a\\b", MANIFEST])
def test_no_name_leads_out_of_the_folder(copy: Path, name: str) -> None:
    rewrite_manifest(copy, files={name: "0" * 64})
    with pytest.raises(ModelError, match="lie in its own folder"):
        load_artifact(copy)


def test_a_file_that_is_not_listed_is_asked_for_in_vain(two_paths: Artifact) -> None:
    with pytest.raises(ModelError, match=r"has no weights.safetensors \(only golden.npz, model.onnx\)"):
        two_paths.file("weights.safetensors")


@pytest.mark.parametrize("damage", ["objects", "missing", "not a zip"])
def test_a_golden_pair_that_cannot_be_read_is_refused(two_paths: Artifact, tmp_path: Path, damage: str) -> None:
    golden = tmp_path / GOLDEN
    if damage == "not a zip":
        golden.write_bytes(b"PK\x03\x04 and no more")
    else:
        np.savez(golden, in_mix=np.array([print], dtype=object) if damage == "objects" else np.zeros(3))
    with pytest.raises(ModelError, match=r"golden.npz cannot be read .*: fetch or export"):
        Artifact(tmp_path, two_paths.spec, two_paths.manifest).golden()
