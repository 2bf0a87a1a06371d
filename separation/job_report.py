"""What stays of a job: a report beside its files, by which a finished one is known again and a run resumed.

Conventions: a report comes after the files it tells of, so its presence says that they are whole.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from mixassist.audio.atomic import atomic_path
from mixassist.errors import Finding
from mixassist.runtime.artifact import file_sha256


class Job(Protocol):
    """A recording, and the files that are to be made from it."""

    @property
    def recording(self) -> Path:
        """The file to work on."""

    @property
    def report(self) -> Path | None:
        """The file for the report; None where none is wanted."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """Every choice that decides the files, as plain JSON."""

    @property
    def outputs(self) -> tuple[Path, ...]:
        """The sounds that will be written."""

    @property
    def files(self) -> tuple[Path, ...]:
        """All that the report tells of: the sounds and the picture."""


@dataclass(frozen=True)
class JobReport:
    """What became of one recording.

    `settings` are the choices that decide the files; `files` maps the name of each to its size in bytes.
    `times_real_time` includes reading and writing.
    """

    recording: str
    input_sha256: str
    settings: Mapping[str, Any]
    seconds: float
    times_real_time: float
    files: Mapping[str, int]
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


Report = TypeVar("Report", bound=JobReport)


def write_report(path: Path, report: JobReport) -> None:
    """Puts the report into a file."""
    with atomic_path(path) as temporary:
        temporary.write_text(json.dumps(report.to_dict(), indent=2) + "\n", encoding="utf-8")


def read_report(path: Path | None, kind: type[Report]) -> Report | None:
    """The report at `path`; None where there is none, or none that this version can read."""
    if path is None:
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        are_beside = all(Path(name).name == name for name in dict(data["files"]))
        report = kind(**{**data, "findings": tuple(Finding(**item) for item in data["findings"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return report if are_beside else None


def finished(job: Job, kind: type[Report]) -> Report | None:
    """The report of an earlier run with the same recording and settings, when all that is wanted is still there."""
    report = same_run(job, kind)
    if report is None or not all(path.name in report.files and path.is_file() for path in job.files):
        return None
    return report


def same_run(job: Job, kind: type[Report]) -> Report | None:
    """The report of an earlier run with the same recording and settings; the sounds still there are as it left them."""
    report = read_report(job.report, kind)
    if report is None or report.settings != job.settings or not job.recording.is_file():
        return None
    sizes = {path.name: path.stat().st_size for path in job.outputs if path.is_file()}
    if not sizes.items() <= report.files.items():
        return None
    try:
        return report if file_sha256(job.recording) == report.input_sha256 else None
    except OSError:  # reading it as a sound will say what is wrong
        return None


def earlier_files(job: Job, kind: type[Report]) -> tuple[Path, ...]:
    """What an earlier run under the same name left, from whatever recording and settings, as far as it is there."""
    earlier = read_report(job.report, kind)
    if earlier is None or job.report is None:
        return ()
    paths = (job.report.with_name(name) for name in earlier.files)
    return tuple(path for path in paths if path.is_file())


def is_recording(job: Job, path: Path) -> bool:
    """Whether what lies at `path` is what the job is to work on."""
    return path.exists() and job.recording.exists() and path.samefile(job.recording)


def forget_earlier(job: Job, kind: type[Report], is_again: bool) -> None:
    """Removes an earlier report, as new files take their names, and the other files, unless they are the same again.

    The recording itself stays, also where an earlier run made it.
    """
    others = [path for path in earlier_files(job, kind) if path not in job.files and not is_recording(job, path)]
    if job.report is not None:
        job.report.unlink(missing_ok=True)
    for path in () if is_again else others:
        path.unlink(missing_ok=True)


def file_sizes(job: Job, earlier: JobReport | None) -> dict[str, int]:
    """Bytes of the job's files, and of those that an earlier run of the same job left beside them."""
    left = [] if earlier is None else [job.outputs[0].with_name(name) for name in earlier.files]
    return {path.name: path.stat().st_size for path in (*job.files, *left) if path.is_file()}
