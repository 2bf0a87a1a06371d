"""The NVIDIA GPU of this machine, asked for in a process of its own.

That process asks the driver alone (libcuda, cuInit), for on a machine without a GPU the libraries above it may crash:
TensorRT's runtime takes the interpreter down with it. This file is that process's program too, hence stdlib alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

NO_DRIVER = "no NVIDIA driver here: install it where there is an NVIDIA GPU"

PROBE_LIMIT_S = 60
"""A driver that has not answered by then hangs."""

_MAJOR, _MINOR = 75, 76  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR of cuda.h
_DRIVER_VERSION = Path("/proc/driver/nvidia/version")


@dataclass(frozen=True)
class Nvidia:
    """A GPU as its driver describes it: `compute_capability` such as "8.7", `driver` "580.65.06", `cuda` "13.0"."""

    name: str
    compute_capability: str
    driver: str
    cuda: str

    def __str__(self) -> str:
        return f"{self.name} (compute capability {self.compute_capability}, driver {self.driver}, CUDA {self.cuda})"


def probe_nvidia() -> Nvidia | None:
    """The first NVIDIA GPU that CUDA shows, None where there is none; asked for once per process."""
    found = _probe()
    return found if isinstance(found, Nvidia) else None


def why_no_nvidia() -> str | None:
    """Why no GPU was found, in a few words with the cure; None where there is one."""
    found = _probe()
    return None if isinstance(found, Nvidia) else found


def load_driver() -> ctypes.CDLL:
    """NVIDIA's driver library; it comes with the driver, not with CUDA.

    Raises:
        OSError: when it is not installed.
    """
    return ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")


def error_name(driver: ctypes.CDLL, status: int) -> str:
    """CUDA's name for a status of the driver, such as CUDA_ERROR_NO_DEVICE."""
    text = ctypes.c_char_p()
    driver.cuGetErrorName(status, ctypes.byref(text))
    return text.value.decode() if text.value else f"error {status}"


@lru_cache(maxsize=1)
def _probe() -> Nvidia | str:
    try:
        load_driver()  # to load it is harmless; only what it is asked then may crash
    except OSError:
        return NO_DRIVER
    # -I: this file's folder stays off the path, for its neighbours must not pass for modules of the standard library.
    command = [sys.executable, "-I", "-S", __file__]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PROBE_LIMIT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"the NVIDIA driver did not answer within {PROBE_LIMIT_S} s: restart the machine"
    except OSError as error:
        return f"the NVIDIA driver cannot be asked ({error.strerror})"
    if done.returncode != 0:
        return f"the NVIDIA driver crashed (exit code {done.returncode}): install it again"
    report = json.loads(done.stdout)
    return Nvidia(**report["gpu"]) if "gpu" in report else str(report["reason"])


def _ask_driver() -> Nvidia | str:
    """The first GPU, or why there is none; may take the process down with it."""
    try:
        driver = load_driver()
    except OSError:
        return NO_DRIVER
    status = driver.cuInit(0)
    if status != 0:
        return f"no NVIDIA GPU here (cuInit says {error_name(driver, status)})"
    n_devices = ctypes.c_int()
    driver.cuDeviceGetCount(ctypes.byref(n_devices))
    if n_devices.value == 0:
        return "no NVIDIA GPU here: CUDA_VISIBLE_DEVICES may hide it"
    return _describe(driver)


def _describe(driver: ctypes.CDLL) -> Nvidia:
    device, major, minor, version = (ctypes.c_int() for _ in range(4))
    name = ctypes.create_string_buffer(256)
    driver.cuDeviceGet(ctypes.byref(device), 0)
    driver.cuDeviceGetName(name, len(name), device)
    driver.cuDeviceGetAttribute(ctypes.byref(major), _MAJOR, device)
    driver.cuDeviceGetAttribute(ctypes.byref(minor), _MINOR, device)
    driver.cuDriverGetVersion(ctypes.byref(version))
    cuda = f"{version.value // 1000}.{version.value % 1000 // 10}"
    return Nvidia(name.value.decode(), f"{major.value}.{minor.value}", _kernel_module() or cuda, cuda)


def _kernel_module() -> str | None:
    """Version of the driver's kernel module; None where the system does not tell (Jetson, WSL, Windows)."""
    with contextlib.suppress(OSError):
        found = re.search(r"\s(\d+\.\d[\d.]*)\s", _DRIVER_VERSION.read_text(encoding="utf-8"))
        return found and found.group(1)
    return None


if __name__ == "__main__":
    answer = _ask_driver()
    json.dump({"gpu": asdict(answer)} if isinstance(answer, Nvidia) else {"reason": answer}, sys.stdout)
