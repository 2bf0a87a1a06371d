"""What commands share that take something away from recordings: names of files, resuming, progress, what is said."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cli.output import print_error, print_json, say, song_progress
from cli.songs import collect_songs, plan_folders
from mixassist.audio.files import probe_audio
from mixassist.errors import MixassistError, OptionError
from separation.removal import OnSeconds, RemovalJob
from separation.removal_report import RemovalReport, finished, same_run

if TYPE_CHECKING:
    from rich.progress import Progress

    from mixassist.audio.writer import BitDepth


@dataclass(frozen=True)
class RemovalCommand:
    """A command that takes something away.

    Attributes:
        name: of the command; reports and pictures are called after it.
        kept: what is left is called this, in names of files.
        taken: what is taken is called this.
        remove: does one job.
    """

    name: str
    kept: str
    taken: str
    remove: Callable[[RemovalJob, OnSeconds], RemovalReport]


@dataclass(frozen=True)
class RemovalBatch:
    """Where the files go, how they are made, and what happens to earlier ones.

    `settings` holds every choice that decides the output, strength and depth too: files made otherwise are not done.
    """

    output: Path
    settings: Mapping[str, Any]
    strength: float
    bit_depth: BitDepth | None
    write_taken: bool = False
    draw: bool = False
    use_resume: bool = True
    use_force: bool = False


@dataclass
class RemovalResult:
    """What became of the recordings, filled while they run."""

    done: list[tuple[RemovalReport, bool]] = field(default_factory=list)
    failures: dict[Path, str] = field(default_factory=dict)
    n_left: int = 0
    was_interrupted: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            "recordings": [{**report.to_dict(), "resumed": was_resumed} for report, was_resumed in self.done],
            "failures": [{"recording": str(path), "error": message} for path, message in self.failures.items()],
            "interrupted": self.was_interrupted,
        }


def run_removals(recordings: Sequence[Path], command: RemovalCommand, batch: RemovalBatch) -> RemovalResult:
    """Works on every recording; one that fails is reported on stderr and the others go on."""
    places = plan_folders(collect_songs(recordings, batch.output), batch.output)
    result = RemovalResult(n_left=len(places))
    try:
        with song_progress() as progress:
            for recording, place in places.items():
                try:
                    result.done.append(_do(_job(recording, place, command, batch), command, batch, progress))
                except MixassistError as error:
                    result.failures[recording] = str(error)
                    print_error(error)
                result.n_left -= 1
    except KeyboardInterrupt:
        result.was_interrupted = True
    return result


def report_removals(result: RemovalResult, output: Path, describe: Callable[[RemovalReport], str], json: bool) -> None:
    """Says what became of the recordings, and ends the command with the code that tells it.

    Raises:
        typer.Exit: 130 when the run was interrupted, 2 when a recording failed.
    """
    if json:
        print_json(result.to_dict())
    else:
        for report, was_resumed in result.done:
            _print_report(report, describe(report), "done before" if was_resumed else None, output)
        if result.was_interrupted:
            n_done, n_failed = len(result.done), len(result.failures)
            n_all = n_done + n_failed + result.n_left
            say(f"interrupted: {n_done} of {n_all} recordings are done; the same command goes on with the rest")
    if result.was_interrupted:
        raise typer.Exit(130)
    if result.failures:
        raise typer.Exit(2)


def nothing_taken(report: RemovalReport, what: str) -> str:
    """Why nothing was taken, in words: there is no `what`, or none was to be taken."""
    return f"no {what} found" if report.settings["strength"] else f"no {what} taken away at strength 0"


def _job(recording: Path, place: Path, command: RemovalCommand, batch: RemovalBatch) -> RemovalJob:
    def named(ending: str) -> Path:
        return place.with_name(f"{place.name}.{ending}")

    return RemovalJob(
        recording=recording,
        kept=named(f"{command.kept}.wav"),
        taken=named(f"{command.taken}.wav") if batch.write_taken else None,
        report=named(f"{command.name}.json"),
        picture=named(f"{command.name}.png") if batch.draw else None,
        strength=batch.strength,
        bit_depth=batch.bit_depth,
        settings=batch.settings,
    )


def _do(
    job: RemovalJob, command: RemovalCommand, batch: RemovalBatch, progress: Progress
) -> tuple[RemovalReport, bool]:
    if not batch.use_force:
        earlier = finished(job) if batch.use_resume else None
        if earlier is not None:
            return earlier, True
        if not batch.use_resume or same_run(job) is None:
            _refuse_overwriting(job, batch.use_resume)
    begin = time.perf_counter()
    task = progress.add_task(job.recording.name, total=probe_audio(job.recording).seconds, chunk="", speed="")

    def show(done_s: float) -> None:
        speed = f"{done_s / (time.perf_counter() - begin):.1f} × real time"
        progress.update(task, completed=done_s, speed=speed)

    try:
        return command.remove(job, show), False
    finally:
        progress.remove_task(task)


def _refuse_overwriting(job: RemovalJob, is_other: bool) -> None:
    existing = [path.name for path in job.outputs if path.exists()]
    if existing:
        origin = ", made from other input or settings" if is_other else ""
        raise OptionError(
            f"{job.kept.parent} already holds {', '.join(existing)}{origin}: pass --force to overwrite, or another -o"
        )


def _print_report(report: RemovalReport, taken: str, how: str | None, output: Path) -> None:
    print(f"{report.recording}: {taken}, {how or f'{report.times_real_time:.1f} × real time'}")
    print(f"  {output}: {' '.join(report.files)}")
    for finding in report.findings:
        print(f"  {finding.severity}: {finding.message}")
