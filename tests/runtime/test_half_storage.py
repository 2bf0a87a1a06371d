from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest

from mixassist.runtime.half_storage import store_in_half

N = 64


@pytest.fixture
def weights(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Constants of x @ half @ full + few: one that 16 bits hold, one that they do not, and a small one that they do."""
    half, full, few = (rng.standard_normal(shape).astype(np.float32) for shape in ((N, N), (N, N), (N - 1,)))
    return {"half": half.astype(np.float16).astype(np.float32), "full": full, "few": np.round(few[:1])}


@pytest.fixture
def path(weights: dict[str, np.ndarray], tmp_path: Path) -> Path:
    text = f"""<ir_version: 9, opset_import: ["": 18]> net (float[1, {N}] x) => (float[1, {N}] y) {{
        a = MatMul(x, half)
        b = MatMul(a, full)
        c = Add(b, few)
        y = MatMul(c, half)
    }}"""
    model = onnx.parser.parse_model(text)
    model.graph.initializer.extend(onnx.numpy_helper.from_array(array, name) for name, array in weights.items())
    onnx.save(model, tmp_path / "net.onnx")
    return tmp_path / "net.onnx"


def answer(path: Path, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found: np.ndarray = session.run(None, {"x": x})[0]
    return found


def test_numbers_stay_and_room_is_saved(path: Path, rng: np.random.Generator) -> None:
    x = rng.standard_normal((1, N)).astype(np.float32)
    before, size = answer(path, x), path.stat().st_size
    store_in_half(path)
    np.testing.assert_array_equal(answer(path, x), before)
    assert path.stat().st_size < size - 1.9 * N * N
    onnx.checker.check_model(str(path), full_check=True)


def test_only_what_16_bits_hold_is_stored_in_them(path: Path, weights: dict[str, np.ndarray]) -> None:
    store_in_half(path)
    graph = onnx.load(path).graph
    kept = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    assert sorted(array.dtype.name for array in kept.values()) == ["float16", "float32", "float32"]
    np.testing.assert_array_equal(kept["full"], weights["full"])
    np.testing.assert_array_equal(kept["half_half"].astype(np.float32), weights["half"])
    assert [node.op_type for node in graph.node].count("Cast") == 1


def test_storing_twice_changes_nothing_more(path: Path) -> None:
    store_in_half(path)
    once = path.read_bytes()
    store_in_half(path)
    assert path.read_bytes() == once
