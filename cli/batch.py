"""Runs many songs through one command: resumes, goes on after failures, spreads over processes or machines."""

from __future__ import annotations

import itertools
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.output import print_error, say, song_progress
from cli.songs import collect_songs, plan_folders
from mixassist.errors import EngineError, MixassistError, OptionError
from separation import SeparationOptions, Separator
from separation.catalogue import AUTO, is_path
from separation.report import SeparationReport
from separation.separator import OnProgress, SongProgress

if TYPE_CHECKING:
    from rich.progress import Progress

    from cli.cluster import ClusterOptions, ClusterResult
    from cli.ray_crew import KeepGoing, Work

    PathPair = tuple[Path, Path]


@dataclass(frozen=True)
class BatchOptions:
    """Where the stems go, how songs are separated, what happens to earlier outputs, and who does the work."""

    output: Path
    separation: SeparationOptions
    use_resume: bool = True
    use_force: bool = False
    n_jobs: int = 1
    cluster: ClusterOptions | None = None


@dataclass(frozen=True)
class DoneSong:
    """A finished song; `was_resumed` where an earlier run had done it."""

    folder: Path
    report: SeparationReport
    was_resumed: bool

    def to_dict(self) -> dict[str, Any]:
        return {"folder": str(self.folder), "resumed": self.was_resumed, **self.report.to_dict()}


@dataclass
class BatchResult:
    """What became of the songs, filled while they run."""

    done: list[DoneSong] = field(default_factory=list)
    failures: dict[Path, str] = field(default_factory=dict)
    n_left: int = 0
    was_interrupted: bool = False
    cluster: ClusterResult | None = None

    def to_dict(self) -> dict[str, Any]:
        failures = [{"song": str(song), "error": message} for song, message in self.failures.items()]
        told = {
            "songs": [done.to_dict() for done in self.done],
            "failures": failures,
            "interrupted": self.was_interrupted,
        }
        return told if self.cluster is None else {**told, "cluster": self.cluster.to_dict()}


def run_batch(paths: Sequence[Path], options: BatchOptions) -> BatchResult:
    """Separates every song; one that fails is reported on stderr and the others go on.

    Raises:
        MixassistError: when the songs cannot be named or the model cannot be had at all.
    """
    folders = plan_folders(collect_songs(paths, options.output), options.output)
    n_jobs = min(options.n_jobs, len(folders))
    separation = replace(options.separation, n_threads=max(options.separation.n_threads // n_jobs, 1))
    separator = Separator(separation, say)
    say(f"model {separator.found.name}" + (f", {separator.found.reason}" if separator.found.reason else ""))
    # `auto` is resolved once: every worker takes the model that was announced.
    model = separator.found.name if separation.model == AUTO else separation.model
    options = replace(options, separation=replace(separation, model=model), n_jobs=n_jobs)
    result = BatchResult(n_left=len(folders))
    try:
        if options.cluster is not None:
            _run_on_cluster(folders, options, options.cluster, result)
        elif n_jobs == 1:
            _run_here(folders, separator, options, result)
        else:
            separator.measure_engines()  # once, before every worker needs to know
            _run_in_processes(folders, options, result)
    except KeyboardInterrupt:
        result.was_interrupted = True
    return result


def _run_here(folders: dict[Path, Path], separator: Separator, options: BatchOptions, result: BatchResult) -> None:
    with song_progress() as progress:
        for song, folder in folders.items():
            with _shown(song, progress) as show:
                _keep(result, song, partial(_do_song, separator, song, folder, options, show))


def _run_in_processes(folders: dict[Path, Path], options: BatchOptions, result: BatchResult) -> None:
    """One model per process; the parent waits and keeps count.

    No more songs are handed out than there are workers, so that after Ctrl-C none is left waiting inside the pool.
    """
    pool = ProcessPoolExecutor(options.n_jobs, get_context("spawn"), _ignore_interrupts)
    left = iter(folders.items())
    with song_progress() as progress, pool:
        task = progress.add_task("songs", total=len(folders), chunk="", speed="")
        running: dict[Future[DoneSong], Path] = {}
        while True:
            for song, folder in itertools.islice(left, options.n_jobs - len(running)):
                running[pool.submit(_do_song_there, song, folder, options)] = song
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                _keep(result, running.pop(future), partial(_result_of, future))
                progress.advance(task)


def _result_of(future: Future[DoneSong]) -> DoneSong:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise EngineError("a worker process died, of too little memory perhaps: use fewer --jobs") from error


def _keep(result: BatchResult, song: Path, run: Callable[[], DoneSong]) -> None:
    try:
        result.done.append(run())
    except MixassistError as error:
        result.failures[song] = str(error)
        print_error(error)
    result.n_left -= 1


def _do_song(
    separator: Separator, song: Path, folder: Path, options: BatchOptions, on_progress: OnProgress
) -> DoneSong:
    if options.use_resume and not options.use_force:
        earlier = separator.finished(song, folder)
        if earlier is not None:
            return DoneSong(folder, earlier, was_resumed=True)
    if not options.use_force and song.is_file():
        _refuse_overwriting(separator.output_paths(folder))
    return DoneSong(folder, separator.separate_file(song, folder, on_progress), was_resumed=False)


@contextmanager
def _shown(song: Path, progress: Progress) -> Iterator[OnProgress]:
    """A line for the song among what is going on, and what moves it."""
    begin = time.perf_counter()
    task = progress.add_task(song.name, total=None, chunk="", speed="")

    def show(state: SongProgress) -> None:
        speed = f"{state.done_s / (time.perf_counter() - begin):.1f} × real time"
        chunk = f"chunk {state.n_chunks_done}/{state.n_chunks}"
        progress.update(task, completed=state.done_s, total=state.total_s, chunk=chunk, speed=speed)

    try:
        yield show
    finally:
        progress.remove_task(task)


def _refuse_overwriting(paths: Sequence[Path]) -> None:
    existing = [path for path in paths if path.exists()]
    if existing:
        names = ", ".join(path.name for path in existing)
        raise OptionError(
            f"{existing[0].parent} already holds {names}, made from other input or settings: pass --force to overwrite,"
            " or another -o"
        )


def _ignore_interrupts() -> None:
    """An idle worker leaves Ctrl-C to its parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@lru_cache(maxsize=1)
def _separator_of_this_process(options: SeparationOptions) -> Separator:
    return Separator(options)


def _do_song_there(song: Path, folder: Path, options: BatchOptions) -> DoneSong:
    """One song in a worker process, which keeps its open model for the next one."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return _do_song(_separator_of_this_process(options.separation), song, folder, options, lambda state: None)
    finally:
        _ignore_interrupts()


def _run_on_cluster(
    folders: dict[Path, Path], options: BatchOptions, cluster: ClusterOptions, result: BatchResult
) -> None:
    """One model per worker. Paths travel whole, as workers may stand elsewhere, and come back as they were given."""
    from cli.cluster import run_on_cluster

    model = options.separation.model
    if is_path(model):
        options = replace(options, separation=replace(options.separation, model=str(Path(model).absolute())))
    given = {(song.absolute(), folder.absolute()): (song, folder) for song, folder in folders.items()}

    def keep(paths: PathPair, outcome: DoneSong | MixassistError) -> None:
        song, folder = given[paths]

        def told() -> DoneSong:
            if isinstance(outcome, MixassistError):
                raise outcome
            return replace(outcome, folder=folder)

        _keep(result, song, told)

    result.cluster = run_on_cluster(list(given), partial(_open_on_cluster, options), cluster, keep)
    result.was_interrupted = result.cluster.was_interrupted
    order = {folder: number for number, folder in enumerate(folders.values())}
    result.done.sort(key=lambda done: order[done.folder])


def _open_on_cluster(options: BatchOptions, n_threads: int) -> Work[PathPair, DoneSong]:
    """Separates songs, with a model that is open from now on."""
    separator = Separator(replace(options.separation, n_threads=n_threads))
    _ = separator.model

    def work(paths: PathPair, keep_going: KeepGoing) -> DoneSong:
        return _do_song(separator, *paths, options, lambda state: keep_going())

    return work
