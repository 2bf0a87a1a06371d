"""`SeparationReport`: what was done to a song, written beside its stems as separation.json and read back to resume."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mixassist.audio.atomic import atomic_path
from mixassist.errors import Finding

REPORT_NAME = "separation.json"


@dataclass(frozen=True)
class SeparationReport:
    """One song's separation.

    `settings` are the choices that decide the output; `files` maps each file's name to its size in bytes.
    `sum_error_db` is stems + residual against the input, None where they agree to the last bit.
    """

    song: str
    input_sha256: str
    model: str
    model_sha256: str
    engine: str
    precision: str
    device: str
    sample_rate: int
    n_channels: int
    frames: int
    seconds: float
    times_real_time: float
    peak_memory_mb: float | None
    sum_error_db: float | None
    settings: Mapping[str, Any]
    files: Mapping[str, int]
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def write_report(folder: Path, report: SeparationReport) -> None:
    """Puts separation.json into `folder`; it comes last, so its presence says that the stems are whole."""
    with atomic_path(folder / REPORT_NAME) as temporary:
        temporary.write_text(json.dumps(report.to_dict(), indent=2) + "\n", encoding="utf-8")


def read_report(folder: Path) -> SeparationReport | None:
    """The report in `folder`; None where there is none, or none that this version can read."""
    try:
        data = json.loads((folder / REPORT_NAME).read_text(encoding="utf-8"))
        return SeparationReport(**{**data, "findings": tuple(Finding(**item) for item in data["findings"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def is_still_valid(folder: Path, report: SeparationReport, wanted: Mapping[str, Any]) -> bool:
    """Whether `report`'s files lie in `folder` as they were written, made from what `wanted` asks for now.

    `wanted` maps field names of the report (`input_sha256`, `model_sha256`, `settings`) to the values of today.
    """
    if any(getattr(report, name) != value for name, value in wanted.items()):
        return False
    return all(_size(folder / name) == n_bytes for name, n_bytes in report.files.items())


def _size(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None
