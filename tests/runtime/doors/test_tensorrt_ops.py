from __future__ import annotations

from pathlib import Path

import onnx
import pytest

from mixassist.runtime.artifact import GRAPH, Artifact
from mixassist.runtime.doors.tensorrt_ops import ALLOWED, REASONS, unsupported_ops
from mixassist.runtime.half_precision import FOLLOWING, REDUCED

BODIES = {
    "transform": ("DFT (x)", "DFT needs a plug-in that 10.3 lacks: transform outside the graph"),
    "noise": ("RandomNormalLike (x)", "RandomNormalLike its seed is ignored: make noise on the host"),
    "unheard of": ("Hardmax (x)", "Hardmax is not on the list: use operators that are"),
    "another domain": ("com.microsoft.FusedConv (x, x)", "com.microsoft.FusedConv is of another domain"),
    "computed axes": ("CumSum (x, n)", "CumSum has axes that are worked out in the graph: make them constants"),
    "batch first": ("LSTM <layout = 1, hidden_size = 1> (x, x, x)", "LSTM has the batch first: put time first"),
    "coupled": ("LSTM <input_forget = 1, hidden_size = 1> (x, x, x)", "LSTM couples input and forget gates"),
}


def write(body: str, folder: Path) -> Path:
    path = folder / GRAPH
    text = f"""<ir_version: 9, opset_import: ["": 18, "com.microsoft": 1]> net
        (float[1, 2, 1] x, int64[1] n) => (float[1, 2, 1] y) {{ y = {body} }}"""
    onnx.save(onnx.parser.parse_model(text), path)
    return path


@pytest.mark.parametrize("case", BODIES)
def test_what_is_not_taken_comes_with_a_cure(case: str, tmp_path: Path) -> None:
    body, reason = BODIES[case]
    (found,) = unsupported_ops(write(body, tmp_path)).values()
    assert found.startswith(reason)


def test_complex_numbers_are_refused(tmp_path: Path) -> None:
    path = write("Identity (x)", tmp_path)
    model = onnx.load(path)
    model.graph.output[0].type.tensor_type.elem_type = onnx.TensorProto.COMPLEX64
    onnx.save(model, path)
    assert unsupported_ops(path) == {"Identity": "Identity gives complex numbers: keep real and imaginary parts apart"}


def test_operators_within_branches_are_seen(tmp_path: Path) -> None:
    text = """<ir_version: 9, opset_import: ["": 18]> net (bool on, float[1, 2, 1] x) => (float[1, 2, 1] y)
        { y = If (on) <then_branch = a () => (float[1, 2, 1] p) { [inner] p = Hardmax (x) },
                       else_branch = b () => (float[1, 2, 1] q) { q = Neg (x) }> }"""
    onnx.save(onnx.parser.parse_model(text), tmp_path / GRAPH)
    assert set(unsupported_ops(tmp_path / GRAPH)) == {"If", "inner"}


@pytest.mark.parametrize("kind", ["two_paths", "streaming"])
def test_our_exports_are_taken(kind: str, request: pytest.FixtureRequest) -> None:
    artifact: Artifact = request.getfixturevalue(kind)
    assert unsupported_ops(artifact.file(GRAPH)) == {}


def test_no_operator_is_both_allowed_and_refused() -> None:
    assert not ALLOWED & set(REASONS)


def test_half_precision_knows_no_operator_that_cannot_be_compiled_but_those_of_newer_opsets() -> None:
    newer = {"Gelu", "HardSwish"}
    assert set().union(FOLLOWING, *REDUCED.values()) - ALLOWED == newer
