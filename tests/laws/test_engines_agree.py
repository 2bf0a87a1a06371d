"""Laws 2, 6 and 7: engines agree, a model saved and loaded gives the same numbers, and reproduces its golden pair."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from amp_models.nam.facts import KIND
from benchmarks.stand_ins import BUILDER, STAND_INS
from mixassist.dsp.scores import null_db
from mixassist.runtime.artifact import MANIFEST, Artifact, load_artifact
from mixassist.runtime.engines import ENGINES, SessionOptions, open_engine, why_unusable
from mixassist.runtime.probe import replay_golden
from mixassist.runtime.session import Session
from separation.catalogue import BUILDERS as SEPARATION_BUILDERS
from tests.conftest import ROOT
from tests.laws.amps import AMPS
from tests.laws.amps import BUILDER as AMP_BUILDER
from tests.runtime.tiny_networks import HERE, SPECS, make_artifact, random_inputs
from tests.tolerances import ENGINE_FP32_DB
from transfer.catalogue import BUILDERS as TIMBRE_BUILDERS

SHIPPED = {path.parent.name: path.parent for path in ROOT.glob(f"*/data/*/{MANIFEST}")}
BUILDERS = SEPARATION_BUILDERS | TIMBRE_BUILDERS | dict.fromkeys(SPECS, f"{HERE}:build")
BUILDERS |= {"stand-in": BUILDER, KIND: AMP_BUILDER}


@pytest.fixture(scope="module", params=[*SHIPPED, *SPECS, *STAND_INS, *AMPS])
def artifact(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    network_artifact: Callable[[str], Artifact],
) -> Artifact:
    """Every model we ship, amps, those that stand in for players' models, and the tiny ones of the tests."""
    if request.param in SHIPPED:
        return load_artifact(SHIPPED[request.param])
    if request.param in (*STAND_INS, *AMPS):
        return network_artifact(request.param)
    return make_artifact(request.param, tmp_path_factory.mktemp(request.param))


def block_length(artifact: Artifact) -> int | None:
    """Frames of the golden block where the network takes any; None where its shapes are fixed."""
    if not artifact.spec.has_free_length:
        return None
    return int(artifact.golden().inputs[artifact.spec.inputs[0].name].shape[-1])


def open_fp32(artifact: Artifact, engine: str) -> Session:
    device = ENGINES[engine].devices[0]
    builder, n_frames = BUILDERS[artifact.spec.kind], block_length(artifact)
    options = SessionOptions("fp32", 1, builder, use_cache=False, device=device, n_frames=n_frames)
    reason = why_unusable(ENGINES[engine], artifact, options)
    if reason is not None:
        pytest.skip(reason)
    return open_engine(engine, artifact, options)


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_every_engine_reproduces_the_golden_pair(artifact: Artifact, engine: str) -> None:
    golden = artifact.golden()
    assert golden.tolerance_db <= ENGINE_FP32_DB
    assert replay_golden(open_fp32(artifact, engine), golden) <= golden.tolerance_db


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_engines_agree_with_torch_on_other_inputs(artifact: Artifact, engine: str) -> None:
    spec = artifact.spec.with_frames(block_length(artifact))
    inputs = {name: np.abs(array) for name, array in random_inputs(spec, n_items=2, seed=7).items()}
    expected = open_fp32(artifact, "torch").run(inputs)
    for name, found in open_fp32(artifact, engine).run(inputs).items():
        assert null_db(found.reshape(1, -1), expected[name].reshape(1, -1)) <= ENGINE_FP32_DB


def test_a_model_copied_elsewhere_gives_the_same_numbers(artifact: Artifact, tmp_path: Path) -> None:
    copied = load_artifact(Path(shutil.copytree(artifact.path, tmp_path / "elsewhere")))
    assert copied.sha256 == artifact.sha256
    inputs = artifact.golden().inputs
    here, there = (open_fp32(model, "onnxruntime").run(inputs) for model in (artifact, copied))
    for name, array in here.items():
        np.testing.assert_array_equal(there[name], array)
