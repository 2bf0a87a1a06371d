from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mixassist.runtime.doors import tensorrt_cache
from mixassist.runtime.doors.nvidia import Nvidia
from mixassist.runtime.doors.tensorrt_cache import Machine, PlanCache, read_timings, write_timings

ORIN = Nvidia("Orin", "8.7", "540.4.0", "12.6")
HERE = Machine(ORIN, "tensorrt 10.3.0")
OTHERS = {
    "TensorRT": Machine(ORIN, "tensorrt 11.4.1"),
    "library": Machine(ORIN, "tensorrt_rtx 10.3.0"),
    "driver": Machine(replace(ORIN, driver="580.0"), "tensorrt 10.3.0"),
    "CUDA": Machine(replace(ORIN, cuda="13.2"), "tensorrt 10.3.0"),
    "GPU": Machine(replace(ORIN, name="Thor", compute_capability="11.0"), "tensorrt 10.3.0"),
}
PROFILE = {"audio": ((1, 1, 64),) * 3}


@pytest.mark.usefixtures("cache")
def test_what_was_written_is_read() -> None:
    assert PlanCache(HERE, "5ha").read("fp32", PROFILE) is None
    PlanCache(HERE, "5ha").write("fp32", PROFILE, b"plan")
    assert PlanCache(HERE, "5ha").read("fp32", PROFILE) == b"plan"


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("other", OTHERS)
def test_a_plan_of_another_machine_is_never_found(other: str) -> None:
    PlanCache(OTHERS[other], "5ha").write("fp32", PROFILE, b"plan")
    assert PlanCache(HERE, "5ha").read("fp32", PROFILE) is None


@pytest.mark.usefixtures("cache")
def test_a_plan_is_for_one_graph_precision_shape_and_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    plans = PlanCache(HERE, "5ha")
    plans.write("fp32", PROFILE, b"plan")
    assert plans.read("bf16", PROFILE) is None
    assert plans.read("fp32", {"audio": ((1, 1, 128),) * 3}) is None
    assert PlanCache(HERE, "other").read("fp32", PROFILE) is None
    release = tmp_path / "nv_tegra_release"
    release.write_text("# R36 (release), REVISION: 4.3\n")
    monkeypatch.setattr(tensorrt_cache, "_JETSON_RELEASE", release)
    assert PlanCache(HERE, "5ha").read("fp32", PROFILE) is None


def test_an_update_clears_the_plans_of_this_gpu_only(cache: Path) -> None:
    for machine in (HERE, OTHERS["GPU"]):
        PlanCache(machine, "5ha").write("fp32", PROFILE, b"plan")
    assert len(list(cache.rglob("*.plan"))) == 2
    PlanCache(OTHERS["driver"], "5ha")
    assert PlanCache(OTHERS["GPU"], "5ha").read("fp32", PROFILE) == b"plan"
    assert len(list(cache.rglob("*.plan"))) == 1


def test_two_libraries_of_one_machine_leave_each_others_plans_alone(cache: Path) -> None:
    PlanCache(HERE, "5ha").write("fp32", PROFILE, b"plan")
    PlanCache(OTHERS["library"], "5ha")
    assert PlanCache(HERE, "5ha").read("fp32", PROFILE) == b"plan"


@pytest.mark.usefixtures("cache")
def test_a_plan_that_goes_while_it_is_looked_for_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = PlanCache(HERE, "5ha")
    monkeypatch.setattr(Path, "exists", lambda path: True)
    assert plans.read("fp32", PROFILE) is None
    assert read_timings(HERE) == b""


@pytest.mark.usefixtures("cache")
def test_timings_are_kept_per_machine() -> None:
    write_timings(HERE, b"fast")
    write_timings(HERE, b"")
    assert read_timings(HERE) == b"fast"
    assert read_timings(OTHERS["TensorRT"]) == b""


def test_without_a_cache_everything_is_made_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.touch()
    monkeypatch.setenv("MIXASSIST_CACHE", str(occupied))
    plans = PlanCache(HERE, "5ha")
    plans.write("fp32", PROFILE, b"plan")
    assert plans.read("fp32", PROFILE) is None
    write_timings(HERE, b"fast")
    assert read_timings(HERE) == b""
