"""What was measured once is not measured again, unless something of it changed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from mixassist.runtime import choice as choice_module
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.choice import choose, forget, recall
from mixassist.runtime.engines import Engine
from tests.runtime.choice.asking import ON_CPU, OPTIONS
from tests.runtime.fake_probe import CRASHED, FakeProbe
from tests.runtime.tiny_networks import HERE


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
def test_a_failure_is_kept_for_a_day(two_paths: Artifact, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = FakeProbe(torch_fp32=CRASHED)
    for hours, asked in ((0, 4), (23, 0), (25, 1)):
        probe.asked.clear()
        now = 1e9 + 3600 * hours
        monkeypatch.setattr(choice_module, "time", SimpleNamespace(time=lambda now=now: now))
        choose(two_paths, "auto", OPTIONS, measure=probe)
        assert len(probe.asked) == asked


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


@pytest.mark.usefixtures("cache")
def test_another_number_of_streams_is_another_measurement(streaming: Artifact, two_paths: Artifact) -> None:
    for artifact, n_measured in ((streaming, 2), (two_paths, 1)):
        probe = FakeProbe()
        for n_batch in (1, 2, 1):
            choose(artifact, "onnxruntime", replace(OPTIONS, device="cpu", n_batch=n_batch), measure=probe)
        assert len(probe.asked) == n_measured


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
