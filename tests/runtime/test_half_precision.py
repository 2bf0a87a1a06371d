from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from mixassist.dsp.scores import null_db
from mixassist.errors import EngineError, ModelError
from mixassist.runtime.artifact import GRAPH, Artifact
from mixassist.runtime.half_precision import cast_graph
from tests.tolerances import BF16_DB, FP16_DB

HEADER = '<ir_version: 9, opset_import: ["": 18]> net'
TYPES = {"bf16": onnx.TensorProto.BFLOAT16, "fp16": onnx.TensorProto.FLOAT16}


def write(text: str, folder: Path) -> Path:
    """A graph in ONNX's textual form as a file."""
    path = folder / GRAPH
    onnx.save(onnx.parser.parse_model(f"{HEADER} {text}"), path)
    return path


def read(graph: bytes) -> onnx.ModelProto:
    return onnx.shape_inference.infer_shapes(onnx.load_from_string(graph), strict_mode=True)


def types_reaching(graph: bytes, operator: str) -> list[set[int]]:
    """Per node with `operator`, the float types of its inputs."""
    model = read(graph)
    values = [*model.graph.input, *model.graph.output, *model.graph.value_info]
    types = {value.name: value.type.tensor_type.elem_type for value in values}
    types |= {constant.name: constant.data_type for constant in model.graph.initializer}
    floats = {onnx.TensorProto.FLOAT, *TYPES.values()}
    return [
        {types[name] for name in node.input if name} & floats for node in model.graph.node if node.op_type == operator
    ]


def run(graph: bytes, inputs: Any) -> dict[str, np.ndarray]:
    """What ONNX's own reference makes of the graph."""
    model = onnx.load_from_string(graph)
    names = [value.name for value in model.graph.output]
    return dict(zip(names, ReferenceEvaluator(model).run(names, dict(inputs)), strict=True))


@pytest.mark.parametrize(("precision", "limit_db"), [("fp16", FP16_DB), ("bf16", BF16_DB)])
@pytest.mark.parametrize("kind", ["two_paths", "streaming"])
def test_numbers_stay_near_the_golden_pair(
    precision: str, limit_db: float, kind: str, request: pytest.FixtureRequest
) -> None:
    artifact: Artifact = request.getfixturevalue(kind)
    golden = artifact.golden()
    found = run(cast_graph(artifact.file(GRAPH), precision), golden.inputs)
    for name, expected in golden.outputs.items():
        assert found[name].dtype == np.float32
        assert null_db(found[name].reshape(1, -1), expected.reshape(1, -1)) <= limit_db


@pytest.mark.parametrize("precision", TYPES)
def test_products_are_reduced_and_norms_are_not(two_paths: Artifact, precision: str) -> None:
    graph = cast_graph(two_paths.file(GRAPH), precision)
    reduced = {TYPES[precision]}
    assert types_reaching(graph, "Conv") == [reduced] * 3
    assert types_reaching(graph, "Erf") == [reduced], "what follows a product follows it"
    assert set(map(frozenset, types_reaching(graph, "ReduceSum"))) == {frozenset({onnx.TensorProto.FLOAT})}


@pytest.mark.parametrize("precision", TYPES)
def test_inputs_outputs_and_states_stay_float32(streaming: Artifact, precision: str) -> None:
    graph = read(cast_graph(streaming.file(GRAPH), precision)).graph
    faces = [(value.name, value.type.tensor_type.elem_type) for value in [*graph.input, *graph.output]]
    assert faces == [(name, onnx.TensorProto.FLOAT) for name in ("block", "tail", "wave", "tail_out")]


def test_a_phase_is_summed_in_float32(tmp_path: Path) -> None:
    text = """(float[1, 8] cycles, float[8, 8] w) => (float[1, 8] y)
        <int64 axis = {1}, float turn = {6.2831855}>
        { scaled = MatMul (cycles, w)  phase = CumSum (scaled, axis)  angle = Mul (phase, turn)  y = Sin (angle) }"""
    graph = cast_graph(write(text, tmp_path), "bf16")
    for operator in ("CumSum", "Mul", "Sin"):
        assert types_reaching(graph, operator) == [{onnx.TensorProto.FLOAT}]


def test_a_recurrent_cell_and_what_feeds_it_stay_in_float32(tmp_path: Path) -> None:
    text = """(float[3, 1, 2] x) => (float[3, 1, 1] y) <float[2, 2] a = {1, 0, 0, 1}, float[2, 2] b = {1, 0, 0, 1},
        float[1, 3, 2] w = {1, 1, 1, 1, 1, 1}, float[1, 3, 1] r = {1, 1, 1}, int64[1] axis = {1}>
        { far = MatMul (x, a)  near = MatMul (far, b)  bent = Tanh (near)
          steps, last = GRU <hidden_size = 1> (bent, w, r)  y = Squeeze (steps, axis) }"""
    graph = cast_graph(write(text, tmp_path), "fp16")
    full, reduced = {onnx.TensorProto.FLOAT}, {onnx.TensorProto.FLOAT16}
    assert types_reaching(graph, "MatMul") == [reduced, full]
    assert types_reaching(graph, "Tanh") == types_reaching(graph, "GRU") == [full]


def test_bf16_leaves_transposed_convolutions_alone(tmp_path: Path) -> None:
    text = """(float[1, 1, 4] x) => (float[1, 1, 5] y) <float[1, 1, 2] w = {1, 1}> { y = ConvTranspose (x, w) }"""
    path = write(text, tmp_path)
    assert types_reaching(cast_graph(path, "bf16"), "ConvTranspose") == [{onnx.TensorProto.FLOAT}]
    assert types_reaching(cast_graph(path, "fp16"), "ConvTranspose") == [{onnx.TensorProto.FLOAT16}]


def test_a_constant_used_in_both_types_is_there_in_both(tmp_path: Path) -> None:
    text = """(float[2, 2] x) => (float[2, 2] y, float[2, 2] z) <float[2, 2] w = {0.5, -1, 2, 0.25}>
        { y = MatMul (x, w)  z = Div (x, w) }"""
    graph = cast_graph(write(text, tmp_path), "fp16")
    found = run(graph, {"x": np.eye(2, dtype=np.float32)})
    np.testing.assert_array_equal(found["y"], [[0.5, -1], [2, 0.25]])
    np.testing.assert_array_equal(found["z"], [[2, 0], [0, 4]])


def test_weights_are_kept_once(tmp_path: Path) -> None:
    text = """(float[1, 2] x) => (float[1, 2] y) <float[2, 2] w = {0.5, -1, 2, 0.25}> { y = MatMul (x, w) }"""
    weights = read(cast_graph(write(text, tmp_path), "bf16")).graph.initializer
    assert [tensor.data_type for tensor in weights] == [onnx.TensorProto.BFLOAT16]


FULL = [{onnx.TensorProto.FLOAT}]


@pytest.mark.parametrize("weight", ["70000", "-1e9", "1e-9"])
def test_a_product_with_weights_beyond_fp16_is_an_island(tmp_path: Path, weight: str) -> None:
    text = f"(float[1, 1] x) => (float[1, 1] y) <float[1, 1] w = {{{weight}}}> {{ y = MatMul (x, w) }}"
    path = write(text, tmp_path)
    assert types_reaching(cast_graph(path, "fp16"), "MatMul") == FULL
    assert types_reaching(cast_graph(path, "bf16"), "MatMul") == [{onnx.TensorProto.BFLOAT16}]
    one = {"x": np.ones((1, 1), np.float32)}
    np.testing.assert_allclose(run(cast_graph(path, "fp16"), one)["y"], float(weight))


def test_a_weight_among_others_may_vanish(tmp_path: Path) -> None:
    """Trained networks have some; next to its neighbours it is nothing."""
    text = "(float[1, 2] x) => (float[1, 1] y) <float[2, 1] w = {1, 1e-9}> { y = MatMul (x, w) }"
    assert types_reaching(cast_graph(write(text, tmp_path), "fp16"), "MatMul") == [{onnx.TensorProto.FLOAT16}]


def test_what_guards_a_division_does_not_become_zero(tmp_path: Path) -> None:
    text = """(float[1, 2] x) => (float[1, 2] y) <float[2, 2] w = {1, 0, 0, 1}, float eps = {1e-9}>
        { z = MatMul (x, w)  size = Abs (z)  safe = Add (size, eps)  y = Div (z, safe) }"""
    graph = cast_graph(write(text, tmp_path), "fp16")
    assert types_reaching(graph, "MatMul") == [{onnx.TensorProto.FLOAT16}]
    assert types_reaching(graph, "Add") == types_reaching(graph, "Div") == FULL
    np.testing.assert_array_equal(run(graph, {"x": np.zeros((1, 2), np.float32)})["y"], [[0, 0]])


def test_the_largest_float_stays_finite_in_bf16(tmp_path: Path) -> None:
    text = """(float[1, 1] x) => (float[1, 1] y) <float[1, 1] w = {1}, float most = {3.4028234e38}>
        { z = MatMul (x, w)  y = Min (z, most) }"""
    assert types_reaching(cast_graph(write(text, tmp_path), "bf16"), "Min") == FULL


def test_a_file_that_is_cut_off_is_told_with_the_cure(two_paths: Artifact, tmp_path: Path) -> None:
    path = tmp_path / GRAPH
    path.write_bytes(two_paths.file(GRAPH).read_bytes()[:-100])
    with pytest.raises(ModelError, match=r"model.onnx cannot be read \(.*\): fetch or export the model again"):
        cast_graph(path, "bf16")


def test_a_branch_is_refused(tmp_path: Path) -> None:
    text = """(bool on, float[1] x) => (float[1] y)
        { y = If (on) <then_branch = a () => (float[1] p) { p = Identity (x) },
                       else_branch = b () => (float[1] q) { q = Neg (x) }> }"""
    with pytest.raises(EngineError, match="fp16 cannot be had for a graph with If: choose --precision fp32"):
        cast_graph(write(text, tmp_path), "fp16")


def test_without_onnx_the_cure_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(EngineError, match=r"bf16 needs the onnx package \(.*\): pip install onnxscript"):
        cast_graph(tmp_path / GRAPH, "bf16")


def test_the_same_graph_comes_out_every_time(two_paths: Artifact) -> None:
    """Compiled models are found again by what went in: nothing may hang on the order of a set."""
    program = (
        "import hashlib, sys, pathlib; from mixassist.runtime.half_precision import cast_graph;"
        "print(hashlib.sha256(cast_graph(pathlib.Path(sys.argv[1]), 'bf16')).hexdigest())"
    )
    command = [sys.executable, "-c", program, str(two_paths.file(GRAPH))]
    digests = {
        subprocess.run(
            command, env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path.cwd())}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1
