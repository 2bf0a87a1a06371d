"""Every engine alike: what a session promises, whoever computes it."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from mixassist.errors import EngineError, ModelError, OptionError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.engines import ENGINES, Engine, SessionOptions, open_engine
from mixassist.runtime.session import Session
from tests.runtime.tiny_networks import HERE, STREAMING, TWO_PATHS, random_inputs
from tests.tolerances import ENGINE_CUT_DB

BUILDER = f"{HERE}:build"
every_engine = pytest.mark.parametrize("engine", sorted(name for name in ENGINES if "cpu" in ENGINES[name].devices))


def open_fp32(artifact: Artifact, engine: str) -> Session:
    return open_engine(engine, artifact, SessionOptions("fp32", 1, BUILDER, use_cache=False))


@every_engine
def test_a_batch_is_its_items_one_by_one(two_paths: Artifact, engine: str) -> None:
    session = open_fp32(two_paths, engine)
    inputs = random_inputs(TWO_PATHS, n_items=3)
    together = session.run(inputs)
    assert {name: array.shape for name, array in together.items()} == {
        "spectra": (3, 2, 4, 16, 12),
        "waves": (3, 2, 2, 96),
    }
    for item in range(3):
        alone = session.run({name: array[item : item + 1] for name, array in inputs.items()})
        for name, array in alone.items():
            np.testing.assert_allclose(together[name][item], array[0], atol=1e-5)


@every_engine
def test_results_belong_to_the_caller(two_paths: Artifact, engine: str) -> None:
    """A later run must not write into arrays that an earlier one gave."""
    session = open_fp32(two_paths, engine)
    first = session.run(random_inputs(TWO_PATHS, seed=1))
    kept = {name: array.copy() for name, array in first.items()}
    session.run(random_inputs(TWO_PATHS, seed=2))
    for name, array in kept.items():
        np.testing.assert_array_equal(first[name], array)


@every_engine
def test_strided_views_are_taken(two_paths: Artifact, engine: str) -> None:
    session = open_fp32(two_paths, engine)
    inputs = random_inputs(TWO_PATHS)
    views = {name: np.repeat(array, 2, axis=-1)[..., ::2] for name, array in inputs.items()}
    for name, array in session.run(inputs).items():
        np.testing.assert_array_equal(session.run(views)[name], array)


@every_engine
def test_inputs_that_do_not_fit_are_refused(two_paths: Artifact, engine: str) -> None:
    with pytest.raises(ModelError, match="'mix' is float64"):
        open_fp32(two_paths, engine).run(random_inputs(TWO_PATHS) | {"mix": np.zeros((1, 2, 96))})


@every_engine
def test_states_that_go_round_make_blocks_one_signal(streaming: Artifact, engine: str) -> None:
    session = open_fp32(streaming, engine)
    signal = random_inputs(STREAMING, seed=3)["block"].repeat(4, axis=-1)
    tail, blocks = np.zeros((1, 1, 6), np.float32), []
    for block in np.split(signal, 4, axis=-1):
        given = session.run({"block": block, "tail": tail})
        blocks.append(given["wave"])
        tail = given["tail_out"]
    taps, bias = _taps(open_fp32(streaming, "torch"))
    expected = np.convolve(signal[0, 0].astype(np.float64), taps[::-1])[: signal.shape[-1]] + bias
    found = np.concatenate(blocks, axis=-1)[0, 0]
    assert 20 * np.log10(np.std(found - expected) / np.std(expected)) < ENGINE_CUT_DB


def _taps(session: Session) -> tuple[np.ndarray, float]:
    """Impulse response of the streaming network, newest sample last, and its answer to silence."""
    tail = np.zeros((1, 1, 6), np.float32)
    impulse = np.zeros((1, 1, 32), np.float32)
    bias = session.run({"block": impulse, "tail": tail})["wave"][0, 0]
    impulse[..., 0] = 1
    response = session.run({"block": impulse, "tail": tail})["wave"][0, 0] - bias
    return response[6::-1].astype(np.float64), float(bias[0])


@every_engine
def test_an_engine_that_cannot_be_imported_is_named_with_the_cure(
    two_paths: Artifact, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "version", "1.0")
    monkeypatch.setitem(sys.modules, engine, None)
    with pytest.raises(EngineError, match=f"{engine} cannot be imported .*: pip install {engine}"):
        open_fp32(two_paths, engine)


@every_engine
def test_an_engine_that_is_not_installed_is_named_with_the_cure(
    two_paths: Artifact, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "version", None)
    with pytest.raises(EngineError, match=f"{engine} is not installed: pip install {engine}"):
        open_fp32(two_paths, engine)


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_a_graph_that_is_none_is_refused_in_one_line(two_paths: Artifact, engine: str, tmp_path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(EngineError, match=f"^{engine} refuses .*model.onnx \\([^\n]*\\): [^\n]*$"):
        open_fp32(Artifact(tmp_path, two_paths.spec, two_paths.manifest), engine)


@pytest.mark.parametrize("builder", ["nonsense", "tests.absent:build", f"{HERE}:absent"])
def test_a_builder_that_does_not_exist_is_named(two_paths: Artifact, builder: str) -> None:
    with pytest.raises(OptionError, match=f"torch_builder '{builder}' cannot be imported"):
        open_engine("torch", two_paths, SessionOptions("fp32", 1, builder))


def test_torch_needs_a_builder_and_the_others_a_graph(two_paths: Artifact) -> None:
    with pytest.raises(EngineError, match="torch has no code to build model two-paths"):
        open_engine("torch", two_paths, SessionOptions())
    bare = Artifact(two_paths.path, two_paths.spec, {**two_paths.manifest, "files": {}})
    with pytest.raises(EngineError, match=r"two-paths has no model\.onnx for openvino: choose --engine torch"):
        open_engine("openvino", bare, SessionOptions())


@pytest.mark.parametrize(
    ("engine", "options", "message"),
    [
        ("tensorflow", {}, "engine 'tensorflow' is unknown: choose auto, openvino, onnxruntime, onnxruntime-"),
        ("onnxruntime", {"precision": "bf16"}, "onnxruntime has no precision bf16: choose fp32"),
        ("torch", {"precision": "int8"}, "precision 'int8' is unknown: choose auto, fp32, bf16, fp16"),
        ("torch", {"n_threads": 0}, "n_threads is 0: at least 1 is needed"),
        ("torch", {"device": "tpu"}, "device 'tpu' is unknown: choose auto, cpu, cuda"),
        ("torch", {"n_frames": 0}, "n_frames is 0: a block holds at least 1 frame"),
        ("torch", {"precision": "auto"}, "engine torch has no precision auto: choose bf16 or fp16 or fp32"),
        ("openvino", {"device": "cuda"}, "engine openvino has no device cuda: choose cpu"),
        ("tensorrt", {}, "engine tensorrt has no device cpu: choose cuda"),
    ],
)
def test_options_that_do_not_exist_are_named(two_paths: Artifact, engine: str, options, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        open_engine(engine, two_paths, SessionOptions(**options))


def test_openvino_keeps_its_compiled_model_and_drops_those_of_other_versions(two_paths: Artifact, cache) -> None:
    old = cache / "openvino" / two_paths.sha256[:16] / "1999.1-fp32"
    old.mkdir(parents=True)
    options = SessionOptions("fp32", 1)
    first = open_engine("openvino", two_paths, options).run(random_inputs(TWO_PATHS))
    assert not old.exists()
    (blob,) = (cache / "openvino").glob("*/*-fp32/*.blob")
    blob.chmod(0o600)
    blob.write_bytes(blob.read_bytes()[:100])
    again = open_engine("openvino", two_paths, options).run(random_inputs(TWO_PATHS))
    np.testing.assert_array_equal(again["waves"], first["waves"])
