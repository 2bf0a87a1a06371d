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
    the name of each sound, and of the picture, to its size in bytes; `times_real_time` includes reading and writing.
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
    """The report of an earlier run with the same recording and settings, when all that is wanted is still there."""
    report = same_run(job)
    if report is None or not all(path.name in report.files and path.is_file() for path in job.files):
        return None
    return report


def same_run(job: RemovalJob) -> RemovalReport | None:
    """The report of an earlier run with the same recording and settings; the sounds still there are as it left them."""
    report = read_report(job.report)
    if report is None or report.settings != job.settings or not job.recording.is_file():
        return None
    sizes = {path.name: path.stat().st_size for path in job.outputs if path.is_file()}
    if not sizes.items() <= report.files.items():
        return None
    try:
        return report if file_sha256(job.recording) == report.input_sha256 else None
    except OSError:  # reading it as a sound will say what is wrong
        return None


def forget_earlier(job: RemovalJob, is_again: bool) -> None:
    """Removes an earlier report, as new files take their names, and the other files, unless they are the same again."""
    earlier = read_report(job.report)
    if earlier is None or job.report is None:
        return
    job.report.unlink(missing_ok=True)
    for name in () if is_again else earlier.files.keys() - {path.name for path in job.files}:
        job.report.with_name(name).unlink(missing_ok=True)


def file_sizes(job: RemovalJob, earlier: RemovalReport | None) -> dict[str, int]:
    """Bytes of the job's files, and of those that an earlier run of the same job left beside them."""
    left = [] if earlier is None else [job.kept.with_name(name) for name in earlier.files]
    return {path.name: path.stat().st_size for path in (*job.files, *left) if path.is_file()}
