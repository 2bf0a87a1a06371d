"""Where compiled TensorRT plans are kept, by everything they depend on.

A plan runs under the very version of TensorRT, on the very GPU and driver it was made with; a Jetson's system release
counts too. All of that is in its name, so that a plan of another machine is never so much as opened.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from mixassist.audio.atomic import atomic_path
from mixassist.errors import AudioError
from mixassist.runtime.cache import open_cache_folder
from mixassist.runtime.doors.nvidia import Nvidia
from mixassist.runtime.doors.tensorrt_build import BUILD_VERSION, Profile
from mixassist.runtime.half_precision import CAST_VERSION

_JETSON_RELEASE = Path("/etc/nv_tegra_release")


@dataclass(frozen=True)
class Machine:
    """What plans are made for: a GPU under one version of one library (`tensorrt 10.3.0`)."""

    gpu: Nvidia
    library: str

    @property
    def key(self) -> str:
        """Digits that change with GPU or library, a dash, digits that change with version, driver or system release."""
        release = ""
        with contextlib.suppress(OSError):
            release = _JETSON_RELEASE.read_text(encoding="utf-8").partition("\n")[0]
        place = _digits([self.gpu.name, self.gpu.compute_capability, self.library.partition(" ")[0]])
        return f"{place}-{_digits([asdict(self.gpu), self.library, release])}"


class PlanCache:
    """The plans of one graph, identified by its sha256, for one machine. Where nothing can be written, it is empty."""

    def __init__(self, machine: Machine, graph_sha256: str) -> None:
        self._machine = machine.key
        self._folder = open_cache_folder("tensorrt", graph_sha256[:16])
        if self._folder is not None:
            self._drop_outdated(self._folder)

    def read(self, precision: str, profile: Profile) -> bytes | None:
        """The plan, or None when there is none."""
        return _read(self._path(precision, profile))

    def write(self, precision: str, profile: Profile, plan: bytes) -> None:
        _write(self._path(precision, profile), plan)

    def _path(self, precision: str, profile: Profile) -> Path | None:
        build = _digits([precision, CAST_VERSION, BUILD_VERSION, profile])
        return self._folder and self._folder / f"{self._machine}-{build}.plan"

    def _drop_outdated(self, folder: Path) -> None:
        """Removes what this library made under another version or driver; other GPUs may be in other machines."""
        place = self._machine.partition("-")[0]
        for path in folder.glob(f"{place}-*.plan"):
            if not path.name.startswith(f"{self._machine}-"):
                path.unlink(missing_ok=True)


def read_timings(machine: Machine) -> bytes:
    """What builds on this machine learned about the speed of kernels; empty when there was none."""
    return _read(_timings_path(machine)) or b""


def write_timings(machine: Machine, timings: bytes) -> None:
    _write(_timings_path(machine), timings)


def _timings_path(machine: Machine) -> Path | None:
    folder = open_cache_folder("tensorrt", "timings")
    return folder and folder / f"{machine.key}.cache"


def _read(path: Path | None) -> bytes | None:
    """What is kept there; None when there is nothing, or another process has just removed it."""
    if path is not None:
        with contextlib.suppress(OSError):
            return path.read_bytes()
    return None


def _write(path: Path | None, content: bytes) -> None:
    if path is not None and content:
        with contextlib.suppress(OSError, AudioError), atomic_path(path) as temporary:
            temporary.write_bytes(content)


def _digits(described: object) -> str:
    return hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()[:12]
