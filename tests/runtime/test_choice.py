from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from mixassist.errors import EngineError, OptionError
from mixassist.runtime import choice as choice_module
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.candidates import CONTENDERS, Candidate
from mixassist.runtime.choice import Choice, choose, forget, recall
from mixassist.runtime.doors.nvidia import Nvidia
from mixassist.runtime.engines import Engine, SessionOptions
from tests.runtime.fake_probe import CRASHED, FakeProbe
from tests.runtime.tiny_networks import HERE

OPTIONS = SessionOptions("auto", 1, f"{HERE}:build", device="auto")
ON_CPU = tuple(candidate for candidate in CONTENDERS if candidate.device == "cpu")
NO_GPU = "no NVIDIA GPU here"


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """What these tests tell must not hang on the machine they run on."""
    monkeypatch.setattr("mixassist.runtime.engines.why_no_nvidia", lambda: NO_GPU)
    monkeypatch.setattr("mixassist.runtime.choice.probe_nvidia", lambda: None)


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Nvidia:
    """A machine with a GPU, and with every engine built for it."""
    found = Nvidia("Fake 100", "9.0", "580.1", "13.0")
    monkeypatch.setattr("mixassist.runtime.engines.why_no_nvidia", lambda: None)
    monkeypatch.setattr("mixassist.runtime.choice.probe_nvidia", lambda: found)
    monkeypatch.setattr(Engine, "version", "1.0")
    monkeypatch.setattr(Engine, "is_built_for_cuda", True)
    return found


def reasons(choice: Choice) -> dict[str, str]:
    return {str(row.measurement.candidate): row.reason for row in choice.rows}


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
def test_each_candidate_is_measured_once_and_announced(two_paths: Artifact) -> None:
    probe, lines = FakeProbe(), list[str]()
    first = choose(two_paths, "auto", OPTIONS, lines.append, probe)
    assert lines == [f"measuring {candidate} (once per machine)" for candidate in ON_CPU]
    assert choose(two_paths, "auto", OPTIONS, lines.append, probe) == first
    assert probe.asked == [str(candidate) for candidate in ON_CPU]
    assert len(lines) == len(ON_CPU)


@pytest.mark.usefixtures("cache")
def test_another_number_of_threads_is_another_measurement(two_paths: Artifact) -> None:
    probe = FakeProbe()
    choose(two_paths, "onnxruntime", OPTIONS, measure=probe)
    choose(two_paths, "onnxruntime", replace(OPTIONS, n_threads=2), measure=probe)
    assert len(probe.asked) == 2


@pytest.mark.usefixtures("cache")
def test_only_an_engine_of_another_version_is_measured_anew(
    two_paths: Artifact, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = FakeProbe()
    choose(two_paths, "auto", OPTIONS, measure=probe)
    probe.asked.clear()
    now = Engine.version.fget  # type: ignore[attr-defined]  # a property seen from its class
    monkeypatch.setattr(Engine, "version", property(lambda self: "99.9" if self.name == "openvino" else now(self)))
    choose(two_paths, "auto", OPTIONS, measure=probe)
    assert probe.asked == ["openvino bf16", "openvino fp32"]


@pytest.mark.usefixtures("cache")
def test_forgetting_measures_anew(two_paths: Artifact) -> None:
    probe = FakeProbe()
    for _ in range(2):
        choose(two_paths, "onnxruntime", OPTIONS, measure=probe)
        forget(two_paths, OPTIONS)
    assert len(probe.asked) == 2


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"measurements": [{"engine": "openvino"}]}', '{"measurements": 3}'])
def test_a_record_that_cannot_be_read_is_made_again(two_paths: Artifact, cache: Path, text: str) -> None:
    probe = FakeProbe()
    choose(two_paths, "onnxruntime", OPTIONS, measure=probe)
    (record,) = (cache / "choices").iterdir()
    record.write_text(text)
    choose(two_paths, "onnxruntime", OPTIONS, measure=probe)
    assert len(probe.asked) == 2


def test_a_cache_that_cannot_be_written_is_done_without(
    two_paths: Artifact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("where the folder should be")
    monkeypatch.setenv("MIXASSIST_CACHE", str(tmp_path / "file"))
    assert choose(two_paths, "onnxruntime", OPTIONS, measure=FakeProbe()).engine == "onnxruntime"


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
def test_a_failure_is_kept_for_a_day(two_paths: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = FakeProbe(torch_fp32=CRASHED)
    for hours, asked in ((0, 4), (23, 0), (25, 1)):
        probe.asked.clear()
        now = 1e9 + 3600 * hours
        monkeypatch.setattr(choice_module, "time", SimpleNamespace(time=lambda now=now: now))
        choose(two_paths, "auto", OPTIONS, measure=probe)
        assert len(probe.asked) == asked


@pytest.mark.usefixtures("cache")
def test_a_candidate_without_a_time_is_not_the_fastest(two_paths: Artifact) -> None:
    choice = choose(two_paths, "auto", OPTIONS, measure=FakeProbe(openvino_fp32={"seconds": None}))
    assert choice.engine != "openvino" or choice.precision != "fp32"
    assert Candidate("openvino", "fp32") not in choice.ranking


@pytest.mark.usefixtures("cache")
def test_another_builder_is_another_measurement_of_torch_alone(two_paths: Artifact) -> None:
    probe = FakeProbe()
    for builder in (f"{HERE}:build", f"{HERE}:build_wrong"):
        probe.asked.clear()
        choose(two_paths, "auto", replace(OPTIONS, torch_builder=builder), measure=probe)
    assert probe.asked == ["torch fp32"]
    recalled = recall(two_paths, replace(OPTIONS, torch_builder=None))
    assert recalled is not None
    assert "torch" not in {candidate.engine for candidate in recalled.ranking}


@pytest.mark.usefixtures("cache", "gpu")
@pytest.mark.parametrize("part", ["BUILD_VERSION", "CAST_VERSION"])
def test_plans_made_another_way_are_measured_anew(
    two_paths: Artifact, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = FakeProbe()
    choose(two_paths, "auto", OPTIONS, measure=probe)
    probe.asked.clear()
    monkeypatch.setattr(choice_module, part, 1000)
    choose(two_paths, "auto", OPTIONS, measure=probe)
    assert probe.asked == ["tensorrt bf16 on cuda", "tensorrt fp32 on cuda"]


@pytest.mark.usefixtures("cache")
def test_another_number_of_streams_is_another_measurement(streaming: Artifact, two_paths: Artifact) -> None:
    for artifact, n_measured in ((streaming, 2), (two_paths, 1)):
        probe = FakeProbe()
        for n_batch in (1, 2, 1):
            choose(artifact, "onnxruntime", replace(OPTIONS, device="cpu", n_batch=n_batch), measure=probe)
        assert len(probe.asked) == n_measured


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


@pytest.mark.usefixtures("cache", "gpu")
def test_a_gpu_is_measured_too_and_used_where_it_is_faster(two_paths: Artifact) -> None:
    probe = FakeProbe(
        tensorrt_bf16_on_cuda=CRASHED,
        tensorrt_fp32_on_cuda={"seconds": 0.001, "null_db": -60.0},
        torch_bf16_on_cuda={"seconds": 0.02, "null_db": -45.0, "limit_db": -40.0},
    )
    choice = choose(two_paths, "auto", OPTIONS, measure=probe)
    assert (choice.engine, choice.precision, choice.device) == ("torch", "bf16", "cuda")
    assert reasons(choice)["tensorrt fp32 on cuda"] == "-60.0 dB from the reference, -80.0 dB or less is asked for"
    assert not any("fp16" in asked for asked in probe.asked), "fp16 must be asked for"


@pytest.mark.usefixtures("cache", "gpu")
def test_a_slow_gpu_is_left_alone_and_a_device_can_be_named(two_paths: Artifact) -> None:
    probe = FakeProbe(openvino_fp32={"seconds": 0.1})
    assert choose(two_paths, "auto", OPTIONS, measure=probe).device == "cpu"
    assert choose(two_paths, "auto", replace(OPTIONS, device="cuda"), measure=probe).device == "cuda"
    assert choose(two_paths, "torch", replace(OPTIONS, device="cuda", precision="fp16"), measure=probe).device == "cuda"


@pytest.mark.usefixtures("cache")
def test_what_is_measured_on_one_gpu_and_driver_is_measured_anew_on_another(
    two_paths: Artifact, gpu: Nvidia, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = FakeProbe()
    for found in (gpu, replace(gpu, name="Fake 200"), replace(gpu, driver="581.0"), gpu):
        monkeypatch.setattr("mixassist.runtime.choice.probe_nvidia", lambda found=found: found)
        choose(two_paths, "tensorrt", replace(OPTIONS, precision="fp32"), measure=probe)
    assert len(probe.asked) == 3


@pytest.mark.parametrize("engine", ["tensorrt", "onnxruntime", "torch"])
def test_without_a_gpu_cuda_is_refused_in_one_line(two_paths: Artifact, engine: str) -> None:
    with pytest.raises(EngineError, match=f"{engine} fp32 on cuda: {NO_GPU}"):
        choose(two_paths, engine, replace(OPTIONS, device="cuda", precision="fp32"), measure=FakeProbe())


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize(("engine", "cure"), [("onnxruntime", "pip install onnxruntime-gpu"), ("torch", "pytorch.org")])
def test_a_library_built_for_the_cpu_alone_is_told_with_the_cure(
    two_paths: Artifact, engine: str, cure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "is_built_for_cuda", False)
    with pytest.raises(EngineError, match=f"this {engine} is not built for CUDA: .*{cure}"):
        choose(two_paths, engine, replace(OPTIONS, device="cuda", precision="fp32"), measure=FakeProbe())


@pytest.mark.usefixtures("cache")
def test_what_was_measured_is_recalled_without_measuring(two_paths: Artifact) -> None:
    assert recall(two_paths, OPTIONS) is None
    choose(two_paths, "auto", OPTIONS, measure=FakeProbe(torch_fp32={"seconds": 0.5}))
    recalled = recall(two_paths, OPTIONS)
    assert recalled is not None
    assert recalled.engine == "torch"
    assert recall(two_paths, replace(OPTIONS, n_threads=7)) is None


@pytest.mark.usefixtures("cache")
def test_another_block_length_is_another_measurement_where_the_length_is_free(
    two_paths: Artifact, free_length: Artifact
) -> None:
    for artifact, n_measured in ((two_paths, 1), (free_length, 2)):
        probe = FakeProbe()
        for n_frames in (64, 128, 64):
            choose(artifact, "onnxruntime", replace(OPTIONS, device="cpu", n_frames=n_frames), measure=probe)
        assert len(probe.asked) == n_measured


@pytest.mark.usefixtures("cache")
def test_a_block_that_no_engine_takes_is_told_once(free_length: Artifact) -> None:
    options = replace(OPTIONS, torch_builder=None, device="cpu", n_frames=97)
    with pytest.raises(EngineError, match=r"\(onnxruntime fp32: a block of 97 frames does not fit .* multiples of 4\)"):
        choose(free_length, "onnxruntime", options)
