from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from mixassist.runtime.doors import nvidia
from mixassist.runtime.doors.nvidia import Nvidia, probe_nvidia, why_no_nvidia

JETSON = Nvidia("Orin", "8.7", "540.4.0", "12.6")


class FakeDriver:
    """Answers like libcuda on a machine with `n_devices` Orins."""

    def __init__(self, n_devices: int = 1, status: int = 0) -> None:
        self.n_devices, self.status = n_devices, status

    def cuInit(self, flags: int) -> int:  # noqa: N802 -- the driver's name
        return self.status

    def cuGetErrorName(self, status: int, name: Any) -> None:  # noqa: N802
        name._obj.value = b"CUDA_ERROR_NO_DEVICE" if status == 100 else None

    def cuDeviceGetCount(self, count: Any) -> None:  # noqa: N802
        count._obj.value = self.n_devices

    def cuDeviceGet(self, device: Any, index: int) -> None:  # noqa: N802
        device._obj.value = index

    def cuDeviceGetName(self, name: Any, length: int, device: Any) -> None:  # noqa: N802
        name.value = b"Orin"

    def cuDeviceGetAttribute(self, value: Any, attribute: int, device: Any) -> None:  # noqa: N802
        value._obj.value = {75: 8, 76: 7}[attribute]

    def cuDriverGetVersion(self, version: Any) -> None:  # noqa: N802
        version._obj.value = 12060


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    nvidia._probe.cache_clear()
    yield
    nvidia._probe.cache_clear()


def answer(monkeypatch: pytest.MonkeyPatch, text: str, code: int = 0) -> list[list[str]]:
    """A driver is there, and the probe's process says `text`; gives the commands that were run."""
    commands: list[list[str]] = []

    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, code, text, "")

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(nvidia, "load_driver", FakeDriver)
    return commands


def test_without_a_driver_no_process_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = answer(monkeypatch, "{}")

    def fail() -> None:
        raise OSError("libcuda.so.1: cannot open shared object file")

    monkeypatch.setattr(nvidia, "load_driver", fail)
    assert nvidia.probe_nvidia() is None
    assert nvidia.why_no_nvidia() == nvidia.NO_DRIVER
    assert commands == []


def test_a_driver_with_a_gpu_is_described(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    version = tmp_path / "version"
    version.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul 27 07:02:02 UTC 2025\n")
    monkeypatch.setattr(nvidia, "_DRIVER_VERSION", version)
    monkeypatch.setattr(nvidia, "load_driver", FakeDriver)
    assert nvidia._ask_driver() == Nvidia("Orin", "8.7", "580.65.06", "12.6")


def test_where_no_version_is_told_the_driver_is_known_by_its_cuda(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(nvidia, "_DRIVER_VERSION", tmp_path / "absent")
    monkeypatch.setattr(nvidia, "load_driver", FakeDriver)
    assert nvidia._ask_driver() == Nvidia("Orin", "8.7", "12.6", "12.6")


@pytest.mark.parametrize(
    ("driver", "reason"),
    [
        (FakeDriver(status=100), "no NVIDIA GPU here (cuInit says CUDA_ERROR_NO_DEVICE)"),
        (FakeDriver(status=12345), "no NVIDIA GPU here (cuInit says error 12345)"),
        (FakeDriver(n_devices=0), "no NVIDIA GPU here: CUDA_VISIBLE_DEVICES may hide it"),
    ],
)
def test_a_driver_without_a_gpu_says_why(monkeypatch: pytest.MonkeyPatch, driver: FakeDriver, reason: str) -> None:
    monkeypatch.setattr(nvidia, "load_driver", lambda: driver)
    assert nvidia._ask_driver() == reason


def test_the_probe_runs_once_per_process_and_reads_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = answer(
        monkeypatch,
        '{"gpu": {"name": "Orin", "compute_capability": "8.7", "driver": "540.4.0", "cuda": "12.6"}}',
    )
    assert probe_nvidia() == JETSON
    assert why_no_nvidia() is None
    assert len(commands) == 1


def test_a_crash_in_the_driver_is_a_reason_not_a_crash_here(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "", code=-11)
    assert probe_nvidia() is None
    assert why_no_nvidia() == "the NVIDIA driver crashed (exit code -11): install it again"


def test_the_probe_on_this_machine_answers_either_way() -> None:
    assert (probe_nvidia() is None) == (why_no_nvidia() is not None)


def test_the_probe_needs_the_standard_library_alone() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", nvidia.__file__], capture_output=True, text=True, check=True)
    assert done.stdout.startswith(('{"reason":', '{"gpu":'))
