"""The probe for real, in processes of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from mixassist.errors import EngineError, ModelError
from mixassist.runtime import measurement
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.candidates import Candidate
from mixassist.runtime.choice import choose
from mixassist.runtime.engines import SessionOptions
from mixassist.runtime.measurement import Measurement, measure_candidate
from mixassist.runtime.memory import peak_memory_mb
from mixassist.runtime.probe import probe
from mixassist.runtime.session import Session
from mixassist.runtime.stepper import PlainStepper, Stepper, open_stepper
from tests.runtime.tiny_networks import HERE

FREE_LENGTH = f"{HERE}:build_free_length"


class Forgetful(PlainStepper):
    """A bound form whose states are lost."""

    def step(self) -> None:
        self.reset()
        super().step()


def measured(artifact: Artifact, engine: str, precision: str = "fp32", builder: str = "build") -> Measurement:
    options = SessionOptions(precision, 1, f"{HERE}:{builder}")
    return measure_candidate(Candidate(engine, precision), artifact, options)


def test_a_right_engine_is_measured(two_paths: Artifact) -> None:
    found = measured(two_paths, "onnxruntime")
    assert found.is_right
    assert found.error is None
    assert found.null_db is not None
    assert found.null_db < -80
    assert found.limit_db == -80
    assert found.seconds is not None
    assert 0 < found.seconds < 1
    assert found.candidate == Candidate("onnxruntime", "fp32", "cpu")
    assert found.peak_memory_mb is not None
    assert 20 < found.peak_memory_mb < 1000


def test_reduced_precision_has_a_limit_of_its_own(two_paths: Artifact) -> None:
    found = measured(two_paths, "torch", "bf16")
    assert found.limit_db == -40
    assert found.null_db is not None
    assert -80 < found.null_db < -30


def test_a_network_one_percent_wrong_is_refused(two_paths: Artifact) -> None:
    found = measured(two_paths, "torch", builder="build_wrong")
    assert not found.is_right
    assert found.summary == "-40.0 dB from the reference, -80.0 dB or less is asked for"


@pytest.mark.parametrize(
    ("builder", "error"),
    [
        ("build_not_finite", "output 'spectra' holds NaN or infinite values: choose another engine"),
        ("build_crashing", "crashed (SIGABRT)"),
        ("build_raising", "failed with exit code 1: ZeroDivisionError: a bug in the builder"),
        ("absent", f"torch_builder '{HERE}:absent' cannot be imported"),
    ],
)
def test_what_went_wrong_is_told_in_one_line(two_paths: Artifact, builder: str, error: str) -> None:
    found = measured(two_paths, "torch", builder=builder)
    assert found.error is not None
    assert found.error.startswith(error)
    assert "\n" not in found.error
    assert not found.is_right


@pytest.mark.usefixtures("cache")
def test_a_crash_costs_no_more_than_its_row(two_paths: Artifact) -> None:
    choice = choose(two_paths, "auto", SessionOptions("fp32", 1, f"{HERE}:build_crashing"))
    assert choice.engine in ("openvino", "onnxruntime")
    assert [row.reason for row in choice.rows if row.measurement.engine == "torch"] == ["crashed (SIGABRT)"]


def test_a_probe_that_hangs_is_given_up(two_paths: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurement, "PROBE_LIMIT_S", 0.01)
    assert measured(two_paths, "onnxruntime").error == "not done after 0.01 s"


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino", "torch"])
@pytest.mark.parametrize("n_frames", [None, 96])
def test_a_network_of_blocks_is_measured_at_the_asked_length(
    free_length: Artifact, engine: str, n_frames: int | None
) -> None:
    options = SessionOptions("fp32", 1, FREE_LENGTH, n_frames=n_frames, use_cache=False)
    report = probe(free_length, engine, options)
    assert report["null_db"] <= report["limit_db"] == -80
    assert report["seconds"] < 1


def test_a_block_the_network_does_not_take_is_refused(free_length: Artifact) -> None:
    with pytest.raises(
        ModelError, match="a block of 97 frames does not fit a free-length network: it takes multiples of 4"
    ):
        probe(free_length, "onnxruntime", SessionOptions("fp32", 1, n_frames=97))


def test_a_bound_form_that_is_wrong_is_refused_though_runs_are_right(
    free_length: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mixassist.runtime.probe.open_stepper", Forgetful)
    report = probe(free_length, "onnxruntime", SessionOptions("fp32", 1))
    assert report["null_db"] > -40


def test_a_network_with_states_is_judged_in_its_bound_form_though_its_length_is_fixed(
    streaming: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert probe(streaming, "onnxruntime", SessionOptions("fp32", 1, n_frames=64))["null_db"] < -80
    monkeypatch.setattr("mixassist.runtime.probe.open_stepper", Forgetful)
    assert probe(streaming, "onnxruntime", SessionOptions("fp32", 1))["null_db"] > -40


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino", "torch"])
def test_as_many_streams_are_timed_as_will_run(
    free_length: Artifact, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[tuple[int, int]] = []

    def watched(session: Session, n_frames: int, n_batch: int = 1) -> Stepper:
        opened.append((n_frames, n_batch))
        return open_stepper(session, n_frames, n_batch)

    monkeypatch.setattr("mixassist.runtime.probe.open_stepper", watched)
    report = probe(free_length, engine, SessionOptions("fp32", 1, FREE_LENGTH, n_frames=96, n_batch=2, use_cache=False))
    assert opened == [(96, 2)]
    assert report["null_db"] < -80


@pytest.mark.parametrize(("limits", "extreme"), [((0.01, 9), "silence"), ((0, 0.9), "a full scale")])
def test_reduced_precision_has_to_stay_finite_at_extremes(
    streaming: Artifact, limits: tuple[float, float], extreme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The golden block is at a moderate level, where nothing is lost."""
    golden = streaming.golden()
    quiet = replace(golden, inputs={**golden.inputs, "block": np.float32(0.1) * golden.inputs["block"]})

    class Narrow:
        spec, precision = streaming.spec, "fp16"

        def run(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            is_held = limits[0] <= np.abs(inputs["block"]).max() <= limits[1]
            return dict(golden.outputs) if is_held else {"wave": np.full((1, 1, 32), np.nan)}

    monkeypatch.setattr(Artifact, "golden", lambda artifact: quiet)
    monkeypatch.setattr("mixassist.runtime.probe.open_engine", lambda *asked: Narrow())
    with pytest.raises(EngineError, match=f"output 'wave' for {extreme} holds NaN or infinite values"):
        probe(streaming, "tensorrt", SessionOptions("fp16", 1))


def test_peak_memory_grows_by_what_is_touched() -> None:
    before = peak_memory_mb()
    block = bytearray(300_000_000)
    block[::4096] = b"x" * len(block[::4096])
    after = peak_memory_mb()
    assert before is not None
    assert after is not None
    assert after >= 300
