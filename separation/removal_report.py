"""`RemovalReport`: what was taken from a recording, written beside the files and read back to resume."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mixassist.audio.atomic import atomic_path
from mixassist.errors import Finding
from mixassist.runtime.artifact import file_sha256

if TYPE_CHECKING:
    from separation.removal import RemovalJob


@dataclass(frozen=True)
class RemovalReport:
    """One recording's removal.

    `settings` are the choices that decide the output; `taken_db` is the level of what was taken re the recording, None
    where that is nothing; `measured` is what the feature heard in the recording and in what was kept; `files` maps
    each file's name to its size in bytes; `times_real_time` includes reading and writing.
    """

    recording: str
    input_sha256: str
    settings: Mapping[str, Any]
    sample_rate: int
    n_channels: int
    frames: int
    taken_db: float | None
    measured: Mapping[str, Any]
    seconds: float
    times_real_time: float
    peak_memory_mb: float | None
    files: Mapping[str, int]
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def write_report(path: Path, report: RemovalReport) -> None:
    """Puts the report into a file; it comes last, so its presence says that the sounds are whole."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(report.to_dict(), indent=2) + "\n", encoding="utf-8")


def read_report(path: Path | None) -> RemovalReport | None:
    """The report at `path`; None where there is none, or none that this version can read."""
    if path is None:
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return RemovalReport(**{**data, "findings": tuple(Finding(**item) for item in data["findings"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def finished(job: RemovalJob) -> RemovalReport | None:
    """The report of an earlier run with the same recording and settings whose files are all still there."""
    report = read_report(job.report)
    if report is None or report.settings != job.settings or not job.recording.is_file():
        return None
    sizes = {path.name: path.stat().st_size for path in job.outputs if path.is_file()}
    if sizes.keys() != {path.name for path in job.outputs} or not sizes.items() <= report.files.items():
        return None
    try:
        return report if file_sha256(job.recording) == report.input_sha256 else None
    except OSError:  # reading it as a sound will say what is wrong
        return None
