"""The gate to NVIDIA: every graph we ship or train parses and compiles with NVIDIA's own tools, which need no GPU."""

from __future__ import annotations

from collections.abc import Callable

import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from benchmarks.stand_ins import STAND_INS
from mixassist.dsp.scores import null_db
from mixassist.runtime.artifact import GRAPH, MANIFEST, Artifact, load_artifact
from mixassist.runtime.doors.tensorrt_build import build_plan, profile_of
from mixassist.runtime.doors.tensorrt_ops import unsupported_ops
from mixassist.runtime.engines import PRECISIONS
from mixassist.runtime.half_precision import cast_graph
from mixassist.runtime.probe import REDUCED_LIMIT_DB
from tests.conftest import ROOT

SHIPPED = {path.parent.name: path.parent for path in ROOT.glob(f"*/data/*/{MANIFEST}")}
RANDOM_HTDEMUCS = "random htdemucs"
N_FRAMES = 128
"""A block that every stand-in can take, and more than one step for the recurrent ones."""


@pytest.fixture(scope="session", params=[*SHIPPED, RANDOM_HTDEMUCS, *STAND_INS])
def model(request: pytest.FixtureRequest, stand_in: Callable[[str], Artifact]) -> Artifact:
    """Each model once."""
    if request.param in STAND_INS:
        return stand_in(request.param)
    if request.param == RANDOM_HTDEMUCS:
        htdemucs: Artifact = request.getfixturevalue("tiny_htdemucs")
        return htdemucs
    return load_artifact(SHIPPED[request.param])


def test_something_is_shipped() -> None:
    assert SHIPPED


def test_tensorrt_of_jetpack_6_has_every_operator(model: Artifact) -> None:
    assert unsupported_ops(model.file(GRAPH)) == {}


@pytest.mark.parametrize("precision", PRECISIONS)
def test_it_compiles_ahead_of_time(model: Artifact, precision: str) -> None:
    trt = pytest.importorskip("tensorrt_rtx", reason="the gate needs tensorrt-rtx: pip install mixassist[dev] on Linux")
    path = model.file(GRAPH)
    graph = path.read_bytes() if precision == "fp32" else cast_graph(path, precision)
    assert build_plan(trt, graph, profile_of(model.spec, 1, N_FRAMES)).plan


def test_in_bf16_it_comes_near_enough_to_be_chosen(model: Artifact) -> None:
    """By ONNX's own reference: what an engine then makes of it on a GPU is measured there."""
    golden, names = model.golden(), [tensor.name for tensor in model.spec.returned]
    graph = onnx.load_from_string(cast_graph(model.file(GRAPH), "bf16"))
    for name, found in zip(names, ReferenceEvaluator(graph).run(names, dict(golden.inputs)), strict=True):
        assert null_db(found.reshape(1, -1), golden.outputs[name].reshape(1, -1)) <= REDUCED_LIMIT_DB, name
