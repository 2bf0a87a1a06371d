from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mixassist.errors import ModelError
from mixassist.runtime.artifact import GRAPH, Artifact, Golden, ModelCard, save_artifact
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.export import export_onnx
from mixassist.runtime.spec import ModelSpec, TensorSpec
from tests.runtime.tiny_networks import TWO_PATHS, TwoPaths, random_inputs


class Deviation(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.std(dim=(1, 2, 3), keepdim=True)


class Undecided(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if x.sum() > 0 else -x


def one_to_one(shape: tuple[int | None, ...], given: tuple[int | None, ...]) -> ModelSpec:
    return ModelSpec("test", 44100, 1, (TensorSpec("x", shape),), (TensorSpec("y", given),))


def test_an_export_is_one_file_and_says_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    export_onnx(TwoPaths(), TWO_PATHS, list(random_inputs(TWO_PATHS).values()), tmp_path / "model.onnx")
    assert [path.name for path in tmp_path.iterdir()] == ["model.onnx"]
    assert capfd.readouterr() == ("", "")


def test_an_export_tells_nothing_of_the_machine_it_was_made_on(tmp_path: Path) -> None:
    export_onnx(TwoPaths(), TWO_PATHS, list(random_inputs(TWO_PATHS).values()), tmp_path / "model.onnx")
    assert str(Path(__file__).parent).encode() not in (tmp_path / "model.onnx").read_bytes()


def test_a_network_that_decides_by_its_data_cannot_be_exported(tmp_path: Path) -> None:
    spec = one_to_one((1, 4), (1, 4))
    with pytest.raises(ModelError, match="of kind test cannot be exported to ONNX"):
        export_onnx(Undecided(), spec, [np.ones((1, 4), np.float32)], tmp_path / "model.onnx")


def test_only_batch_and_time_can_stay_free(tmp_path: Path) -> None:
    spec = one_to_one((None, None, 4), (None, None, 4))
    with pytest.raises(ModelError, match=r"'x' leaves more free than batch and time, \(None, None, 4\)"):
        export_onnx(TwoPaths(), spec, [np.ones((1, 4, 4), np.float32)], tmp_path / "model.onnx")


def test_a_deviation_over_a_whole_spectrogram_stays_exact(tmp_path: Path) -> None:
    """One long float32 sum is 1e-4 off in some engines: enough to miss −80 dB."""
    x = np.random.default_rng(0).standard_normal((1, 4, 1024, 336)).astype(np.float32) ** 3
    spec = one_to_one((None, 4, 1024, 336), (None, 1, 1, 1))
    export_onnx(Deviation(), spec, [x], tmp_path / "exported.onnx")
    expected = x.astype(np.float64).std(ddof=1).reshape(1, 1, 1, 1)
    golden = Golden({"x": x}, {"y": expected.astype(np.float32)})
    files = {GRAPH: tmp_path / "exported.onnx"}
    artifact: Artifact = save_artifact(
        tmp_path / "artifact", spec=spec, card=ModelCard("deviation", "MIT"), files=files, golden=golden
    )
    for engine in ("onnxruntime", "openvino"):
        found = open_engine(engine, artifact, SessionOptions(use_cache=False)).run({"x": x})["y"]
        np.testing.assert_allclose(found, expected, rtol=1e-6)
