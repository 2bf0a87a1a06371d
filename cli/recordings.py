"""What commands share that make files from each of many recordings: going on after failures, resuming, progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import typer

from cli.output import how_to_go_on, print_error, print_json, say, song_progress
from cli.songs import collect_songs, plan_folders
from mixassist.audio.files import probe_audio
from mixassist.errors import MixassistError, OptionError
from separation.job_report import Job, JobReport, earlier_files, finished, is_recording, same_run

if TYPE_CHECKING:
    from rich.progress import Progress

    from cli.cluster import ClusterResult
    from cli.ray_crew import KeepGoing, Work

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
    """What became of the recordings, filled while they run; `done` says of each whether it had been done before.

    `next_step` says in words what to do about the rest when the run was interrupted.
    """

    done: list[tuple[AReport, bool]] = field(default_factory=list)
    failures: dict[Path, str] = field(default_factory=dict)
    n_left: int = 0
    was_interrupted: bool = False
    next_step: str = ""
    cluster: ClusterResult | None = None

    def fail(self, recording: Path, error: MixassistError) -> None:
        self.failures[recording] = str(error)
        print_error(error)

    def to_dict(self) -> dict[str, Any]:
        told = {
            "recordings": [{**report.to_dict(), "resumed": was_resumed} for report, was_resumed in self.done],
            "failures": [{"recording": str(path), "error": message} for path, message in self.failures.items()],
            "interrupted": self.was_interrupted,
        }
        return told if self.cluster is None else {**told, "cluster": self.cluster.to_dict()}


def run_recordings(
    recordings: Sequence[Path],
    output: Path,
    command: RecordingCommand[AJob, AReport],
    overwriting: Overwriting,
    cluster: str | None = None,
) -> RecordingsResult[AReport]:
    """Works on every recording, here or on a cluster; one that fails is reported on stderr and the others go on."""
    places = plan_folders(collect_songs(recordings, output), output)
    next_step = how_to_go_on(overwriting.use_resume, overwriting.use_force)
    result = RecordingsResult[AReport](n_left=len(places), next_step=next_step)
    try:
        if cluster is not None:
            _run_on_cluster(places, partial(_open_on_cluster, command, overwriting), cluster, result)
        else:
            _run_here(places, command, overwriting, result)
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
            say(f"interrupted: {n_done} of {n_all} recordings are done; {result.next_step}")
    if result.was_interrupted:
        raise typer.Exit(130)
    if result.failures:
        raise typer.Exit(2)


def _run_here(
    places: dict[Path, Path],
    command: RecordingCommand[AJob, AReport],
    overwriting: Overwriting,
    result: RecordingsResult[AReport],
) -> None:
    with song_progress() as progress:
        for recording, place in places.items():
            try:
                with _shown(recording, progress) as show:
                    result.done.append(_do(command.job(recording, place), command, overwriting, show))
            except MixassistError as error:
                result.fail(recording, error)
            result.n_left -= 1


def _do(
    job: AJob, command: RecordingCommand[AJob, AReport], overwriting: Overwriting, on_seconds: Callable[[float], None]
) -> tuple[AReport, bool]:
    _refuse_itself(job)
    if not overwriting.use_force:
        earlier = finished(job, command.report) if overwriting.use_resume else None
        if earlier is not None:
            return earlier, True
        _refuse_overwriting(job, command.report, overwriting.use_resume)
    return command.run(job, on_seconds), False


@contextmanager
def _shown(recording: Path, progress: Progress) -> Iterator[Callable[[float], None]]:
    """A line for the recording among what is going on, and what moves it."""
    begin = time.perf_counter()
    task = progress.add_task(recording.name, total=None, chunk="", speed="")
    total_s: list[float] = []

    def show(done_s: float) -> None:
        if not total_s:  # only now it is known to be a recording
            total_s.append(probe_audio(recording).seconds)
        speed = f"{done_s / (time.perf_counter() - begin):.1f} × real time"
        progress.update(task, completed=done_s, total=total_s[0], speed=speed)

    try:
        yield show
    finally:
        progress.remove_task(task)


def _run_on_cluster(
    places: dict[Path, Path],
    opening: Callable[[int], Work[tuple[Path, Path], tuple[AReport, bool]]],
    address: str,
    result: RecordingsResult[AReport],
) -> None:
    """Fills the result. Paths travel whole, as workers may stand elsewhere, and come back as they were given."""
    from cli.cluster import ClusterOptions, run_on_cluster

    given = {(recording.absolute(), place.absolute()): recording for recording, place in places.items()}
    done: dict[Path, tuple[AReport, bool]] = {}

    def keep(paths: tuple[Path, Path], outcome: tuple[AReport, bool] | MixassistError) -> None:
        if isinstance(outcome, MixassistError):
            result.fail(given[paths], outcome)
        else:
            done[given[paths]] = outcome
        result.n_left -= 1

    result.cluster = run_on_cluster(list(given), opening, ClusterOptions(address), keep)
    result.was_interrupted = result.cluster.was_interrupted
    result.done.extend(done[recording] for recording in places if recording in done)


def _open_on_cluster(
    command: RecordingCommand[AJob, AReport], overwriting: Overwriting, n_threads: int
) -> Work[tuple[Path, Path], tuple[AReport, bool]]:
    """Works on recordings as the command does; it knows one thread."""

    def work(paths: tuple[Path, Path], keep_going: KeepGoing) -> tuple[AReport, bool]:
        return _do(command.job(*paths), command, overwriting, lambda done_s: keep_going())

    return work


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
