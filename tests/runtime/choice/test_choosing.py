"""Which engine is chosen, and what is said about the others."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mixassist.errors import EngineError, OptionError
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.candidates import Candidate
from mixassist.runtime.choice import choose
from mixassist.runtime.engines import Engine
from tests.runtime.choice.asking import NO_GPU, ON_CPU, OPTIONS, reasons
from tests.runtime.fake_probe import CRASHED, FakeProbe


@pytest.mark.usefixtures("cache")
def test_the_fastest_that_is_right_is_chosen(two_paths: Artifact) -> None:
    probe = FakeProbe(
        openvino_bf16={"seconds": 0.1, "null_db": -35.2, "limit_db": -40.0},
        openvino_fp32={"seconds": 0.4},
        onnxruntime_fp32={"seconds": 0.3},
        torch_fp32=CRASHED,
    )
    choice = choose(two_paths, "auto", OPTIONS, measure=probe)
    assert (choice.engine, choice.precision, choice.device) == ("onnxruntime", "fp32", "cpu")
    assert {name: reason for name, reason in reasons(choice).items() if reason != NO_GPU} == {
        "openvino bf16": "-35.2 dB from the reference, -40.0 dB or less is asked for",
        "openvino fp32": "slower: 400 ms per run, -100.0 dB from the reference",
        "onnxruntime fp32": "fastest: 300 ms per run, -100.0 dB from the reference",
        "torch fp32": "crashed (SIGSEGV)",
    }
    assert [str(row.measurement.candidate) for row in choice.rows if row.is_chosen] == ["onnxruntime fp32"]
    assert json.loads(json.dumps(choice.to_dict()))["rows"][3]["error"] == "crashed (SIGSEGV)"


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("null_db", [-39.9, 0.0, 300.0, float("nan")])
def test_a_wrong_engine_is_not_chosen_however_fast(two_paths: Artifact, null_db: float) -> None:
    probe = FakeProbe(openvino_bf16={"seconds": 1e-6, "null_db": null_db, "limit_db": -40.0})
    assert choose(two_paths, "auto", OPTIONS, measure=probe).precision == "fp32"


@pytest.mark.usefixtures("cache")
def test_what_is_absent_is_not_tried_and_told(two_paths: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Engine, "version", property(lambda self: None if self.name == "openvino" else "1.0"))
    probe = FakeProbe()
    choice = choose(two_paths, "auto", replace(OPTIONS, torch_builder=None), measure=probe)
    assert probe.asked == ["onnxruntime fp32"]
    assert reasons(choice)["openvino bf16"] == "openvino is not installed: pip install openvino"
    assert reasons(choice)["torch fp32"].startswith("torch has no code to build")


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize(("is_near", "precision"), [(True, "bf16"), (False, "fp32")])
def test_a_named_engine_takes_bf16_where_it_passes(two_paths: Artifact, is_near: bool, precision: str) -> None:
    bf16 = {"seconds": 0.5, "null_db": -45.0 if is_near else -30.0, "limit_db": -40.0}
    assert choose(two_paths, "openvino", OPTIONS, measure=FakeProbe(openvino_bf16=bf16)).precision == precision


@pytest.mark.usefixtures("cache")
def test_a_named_precision_that_fails_is_refused_with_its_distance(two_paths: Artifact) -> None:
    probe = FakeProbe(openvino_bf16={"null_db": -35.2, "limit_db": -40.0})
    with pytest.raises(
        EngineError, match=r"openvino bf16: -35\.2 dB from the reference, -40\.0 dB or less is asked for"
    ):
        choose(two_paths, "openvino", replace(OPTIONS, precision="bf16"), measure=probe)


@pytest.mark.usefixtures("cache")
def test_a_named_engine_that_failed_is_tried_again(two_paths: Artifact) -> None:
    """What made it fail may be cured, and who names it wants it."""
    with pytest.raises(EngineError, match=r"onnxruntime fp32: crashed \(SIGSEGV\);.*\): --engine auto"):
        choose(two_paths, "onnxruntime", OPTIONS, measure=FakeProbe(onnxruntime_fp32=CRASHED))
    auto = FakeProbe()
    assert "crashed" in reasons(choose(two_paths, "auto", OPTIONS, measure=auto))["onnxruntime fp32"]
    assert choose(two_paths, "onnxruntime", OPTIONS, measure=FakeProbe()).engine == "onnxruntime"


@pytest.mark.usefixtures("cache")
def test_a_candidate_without_a_time_is_not_the_fastest(two_paths: Artifact) -> None:
    choice = choose(two_paths, "auto", OPTIONS, measure=FakeProbe(openvino_fp32={"seconds": None}))
    assert choice.engine != "openvino" or choice.precision != "fp32"
    assert Candidate("openvino", "fp32") not in choice.ranking


@pytest.mark.usefixtures("cache")
def test_no_engine_at_all_is_told_with_every_reason(two_paths: Artifact) -> None:
    probe = FakeProbe(**{f"{c.engine}_{c.precision}": CRASHED for c in ON_CPU})
    with pytest.raises(
        EngineError, match=r"torch fp32: crashed.*torch fp32 on cuda: no NVIDIA GPU.*: mixassist doctor"
    ):
        choose(two_paths, "auto", OPTIONS, measure=probe)


@pytest.mark.usefixtures("cache")
def test_a_precision_that_no_engine_has_is_named(two_paths: Artifact) -> None:
    with pytest.raises(OptionError, match="engine onnxruntime has no precision bf16: choose fp32"):
        choose(two_paths, "onnxruntime", replace(OPTIONS, precision="bf16"), measure=FakeProbe())


@pytest.mark.usefixtures("cache")
def test_a_block_that_no_engine_takes_is_told_once(free_length: Artifact) -> None:
    options = replace(OPTIONS, torch_builder=None, device="cpu", n_frames=97)
    with pytest.raises(EngineError, match=r"\(onnxruntime fp32: a block of 97 frames does not fit .* multiples of 4\)"):
        choose(free_length, "onnxruntime", options)
