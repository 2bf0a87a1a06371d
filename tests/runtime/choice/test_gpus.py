"""A GPU among the devices, and machines without one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mixassist.errors import EngineError
from mixassist.runtime import choice as choice_module
from mixassist.runtime.artifact import Artifact
from mixassist.runtime.choice import choose
from mixassist.runtime.doors.nvidia import Nvidia
from mixassist.runtime.engines import Engine
from tests.runtime.choice.asking import NO_GPU, OPTIONS, reasons
from tests.runtime.fake_probe import CRASHED, FakeProbe


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
