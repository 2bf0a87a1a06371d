from __future__ import annotations

import json

import numpy as np
import pytest

from mixassist.errors import ModelError
from mixassist.runtime.spec import ModelSpec, TensorSpec
from tests.runtime.tiny_networks import STREAMING, TWO_PATHS, random_inputs


@pytest.mark.parametrize("spec", [TWO_PATHS, STREAMING], ids=lambda spec: spec.kind)
def test_a_spec_survives_json(spec: ModelSpec) -> None:
    assert ModelSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


@pytest.mark.parametrize(
    "change",
    [{"latency": 3}, {"inputs": [{"name": "x"}]}, {"inputs": ["x"]}, {"outputs": 7}],
    ids=["unknown field", "tensor without shape", "tensor of text", "number for tensors"],
)
def test_an_unreadable_spec_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ModelError, match="spec cannot be read"):
        ModelSpec.from_dict(TWO_PATHS.to_dict() | change)


def test_states_are_fed_after_inputs_and_return_under_a_new_name() -> None:
    assert [tensor.name for tensor in STREAMING.fed] == ["block", "tail"]
    assert STREAMING.returned[1] == TensorSpec("tail_out", (None, 1, 6))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mix": np.zeros((1, 2, 96))}, "'mix' is float64: the model takes float32"),
        ({"mix": np.zeros((1, 2, 95), np.float32)}, r"'mix' has shape \(1, 2, 95\)"),
        ({"mix": np.zeros((2, 96), np.float32)}, r"'mix' has shape \(2, 96\)"),
        ({"mixture": np.zeros((1, 2, 96), np.float32)}, "the model takes"),
        ({"mix": np.zeros((3, 2, 96), np.float32)}, "'spectrum': 1, 'mix': 3"),
    ],
    ids=["dtype", "length", "rank", "unknown name", "batches differ"],
)
def test_inputs_that_do_not_fit_are_refused(change: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        TWO_PATHS.check_inputs(random_inputs(TWO_PATHS) | change)


def test_a_missing_input_is_named() -> None:
    with pytest.raises(ModelError, match=r"\['mix'\]: the model takes \['mix', 'spectrum'\]"):
        TWO_PATHS.check_inputs({"mix": np.zeros((1, 2, 96), np.float32)})
