"""What commands share that make files from each of many recordings: going on after failures, resuming, progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import typer

from cli.output import print_error, print_json, say, song_progress
from cli.songs import collect_songs, plan_folders
from mixassist.audio.files import probe_audio
from mixassist.errors import MixassistError, OptionError
from separation.job_report import Job, JobReport, earlier_files, finished, is_recording, same_run

if TYPE_CHECKING:
    from rich.progress import Progress

AJob = TypeVar("AJob", bound=Job)
AReport = TypeVar("AReport", bound=JobReport)


@dataclass(frozen=True)
class RecordingCommand(Generic[AJob, AReport]):
    """A command that makes files from recordings.

    Attributes:
        job: what is to be made of a recording, given the path of its files without their endings.
        run: does one job, and says how many seconds of the recording are done.
        report: what a job leaves, by which it is known again.
    """

    job: Callable[[Path, Path], AJob]
    run: Callable[[AJob, Callable[[float], None]], AReport]
    report: type[AReport]


@dataclass(frozen=True)
class Overwriting:
    """What happens to earlier files: those of the same job are kept or replaced, others only by force."""

    use_resume: bool = True
    use_force: bool = False


@dataclass
class RecordingsResult(Generic[AReport]):
    """What became of the recordings, filled while they run; `done` says of each whether it had been done before."""

    done: list[tuple[AReport, bool]] = field(default_factory=list)
    failures: dict[Path, str] = field(default_factory=dict)
    n_left: int = 0
    was_interrupted: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            "recordings": [{**report.to_dict(), "resumed": was_resumed} for report, was_resumed in self.done],
            "failures": [{"recording": str(path), "error": message} for path, message in self.failures.items()],
            "interrupted": self.was_interrupted,
        }


def run_recordings(
    recordings: Sequence[Path], output: Path, command: RecordingCommand[AJob, AReport], overwriting: Overwriting
) -> RecordingsResult[AReport]:
    """Works on every recording; one that fails is reported on stderr and the others go on."""
    places = plan_folders(collect_songs(recordings, output), output)
    result = RecordingsResult[AReport](n_left=len(places))
    try:
        with song_progress() as progress:
            for recording, place in places.items():
                try:
                    result.done.append(_do(command.job(recording, place), command, overwriting, progress))
                except MixassistError as error:
                    result.failures[recording] = str(error)
                    print_error(error)
                result.n_left -= 1
    except KeyboardInterrupt:
        result.was_interrupted = True
    return result


def report_recordings(
    result: RecordingsResult[AReport], output: Path, describe: Callable[[AReport], str], json: bool
) -> None:
    """Says what became of the recordings, and ends the command with the code that tells it.

    Raises:
        typer.Exit: 130 when the run was interrupted, 2 when a recording failed.
    """
    if json:
        print_json(result.to_dict())
    else:
        for report, was_resumed in result.done:
            _print_report(report, describe(report), was_resumed, output)
        if result.was_interrupted:
            n_done, n_failed = len(result.done), len(result.failures)
            n_all = n_done + n_failed + result.n_left
            say(f"interrupted: {n_done} of {n_all} recordings are done; the same command goes on with the rest")
    if result.was_interrupted:
        raise typer.Exit(130)
    if result.failures:
        raise typer.Exit(2)


def _do(
    job: AJob, command: RecordingCommand[AJob, AReport], overwriting: Overwriting, progress: Progress
) -> tuple[AReport, bool]:
    _refuse_itself(job)
    if not overwriting.use_force:
        earlier = finished(job, command.report) if overwriting.use_resume else None
        if earlier is not None:
            return earlier, True
        _refuse_overwriting(job, command.report, overwriting.use_resume)
    begin = time.perf_counter()
    task = progress.add_task(job.recording.name, total=probe_audio(job.recording).seconds, chunk="", speed="")

    def show(done_s: float) -> None:
        speed = f"{done_s / (time.perf_counter() - begin):.1f} × real time"
        progress.update(task, completed=done_s, speed=speed)

    try:
        return command.run(job, show), False
    finally:
        progress.remove_task(task)


def _refuse_itself(job: Job) -> None:
    for path in job.files:
        if is_recording(job, path):
            raise OptionError(f"{path} is what was given: name another folder with -o")


def _refuse_overwriting(job: Job, kind: type[JobReport], use_resume: bool) -> None:
    """Nothing where an interrupted run of the same job goes on, or no file is there that the job would take away."""
    is_again = same_run(job, kind) is not None
    if is_again and use_resume:
        return
    others = () if is_again else earlier_files(job, kind)
    existing = dict.fromkeys(path.name for path in (*job.outputs, *others) if path.exists())
    if existing:
        origin = ", made from other input or settings" if use_resume else ""
        raise OptionError(
            f"{job.outputs[0].parent} already holds {', '.join(existing)}{origin}: pass --force to overwrite, or"
            " another -o"
        )


def _print_report(report: JobReport, words: str, was_resumed: bool, output: Path) -> None:
    how = "done before" if was_resumed else f"{report.times_real_time:.1f} × real time"
    print(f"{report.recording}: {words}, {how}")
    print(f"  {output}: {' '.join(report.files)}")
    for finding in report.findings:
        print(f"  {finding.severity}: {finding.message}")
