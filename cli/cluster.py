"""`--cluster`: many machines for commands that work on many songs."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, TypeVar

import typer

from cli.output import say, song_progress
from cli.spreading import Spreading, WorkerAccount
from mixassist.errors import MixassistError

if TYPE_CHECKING:
    from cli.ray_crew import Machines, Work

CLUSTER_HELP = "Spread over a Ray cluster: HOST:PORT or auto, this machine being part of it, or local (starts one)."
Cluster = Annotated[str | None, typer.Option("--cluster", help=CLUSTER_HELP)]

Item = TypeVar("Item")
Answer = TypeVar("Answer")
OpeningFor: TypeAlias = "Callable[[int], Work[Item, Answer]]"
"""Opens what a worker works with, given how many threads it has."""


@dataclass(frozen=True)
class ClusterOptions:
    """Which cluster; how many workers, and threads for all of them together: as many as it has cores if not given."""

    address: str
    n_workers: int | None = None
    n_threads: int | None = None


@dataclass(frozen=True)
class Shares:
    """How a cluster is shared out: workers, threads for each, and (the share of) a processor for graphics for each."""

    n_workers: int
    n_threads: int
    n_gpus: float


@dataclass
class ClusterResult:
    """What the workers did."""

    address: str
    workers: tuple[WorkerAccount, ...] = ()
    seconds: float = 0.0
    was_interrupted: bool = field(default=False)

    def to_dict(self) -> dict[str, Any]:
        workers = [worker.to_dict() for worker in self.workers]
        return {"address": self.address, "seconds": round(self.seconds, 3), "workers": workers}


def run_on_cluster(
    items: Sequence[Item],
    opening: OpeningFor[Item, Answer],
    options: ClusterOptions,
    keep: Callable[[Item, Answer | MixassistError], None],
) -> ClusterResult:
    """Has workers do all items; `keep` hears of each once, as they come. Ctrl-C stops the workers and returns.

    Raises:
        EngineError: when the cluster cannot be joined, or no worker can be had.
        MixassistError: when no worker can open what it works with.
    """
    from cli.ray_crew import RayCrew, joined

    result = ClusterResult(options.address)
    with joined(options.address) as machines:
        shares = share_out(machines, options, len(items))
        crew: RayCrew[Item, Answer] = RayCrew(partial(opening, shares.n_threads), shares.n_threads, shares.n_gpus)
        spreading: Spreading[Item, Answer] = Spreading(items, crew, shares.n_workers)
        begin = time.perf_counter()
        try:
            _watch(spreading, len(items), keep)
        except KeyboardInterrupt:
            result.was_interrupted = True
        finally:
            crew.dismiss()
    result.seconds = time.perf_counter() - begin
    result.workers = tuple(spreading.accounts.values())
    say(_summary(result))
    return result


def share_out(machines: Machines, options: ClusterOptions, n_items: int) -> Shares:
    """Who gets what: a worker for each processor for graphics or, where there are none, for each core."""
    from cli.ray_crew import threads_each

    n_cores = min(options.n_threads or sum(machines.n_cores), sum(machines.n_cores))
    wanted = options.n_workers or machines.n_gpus or n_cores
    n_workers = max(1, min(wanted, n_cores, n_items))
    n_threads = min(threads_each(machines.n_cores, n_workers), max(1, n_cores // n_workers))
    workers_per_gpu = -(-n_workers // machines.n_gpus) if machines.n_gpus else 0
    return Shares(n_workers, n_threads, 1 / workers_per_gpu if workers_per_gpu else 0.0)


def _watch(
    spreading: Spreading[Item, Answer], n_items: int, keep: Callable[[Item, Answer | MixassistError], None]
) -> None:
    begin = time.perf_counter()
    with song_progress() as progress:
        task = progress.add_task("songs", total=n_items, chunk="", speed="")
        for n_done, (item, outcome) in enumerate(spreading.outcomes(), 1):
            keep(item, outcome)
            speed = f"{60 * n_done / (time.perf_counter() - begin):.1f} a minute"
            progress.update(task, completed=n_done, speed=speed)


def _summary(result: ClusterResult) -> str:
    n_done, n_died = (sum(getattr(worker, name) for worker in result.workers) for name in ("n_done", "has_died"))
    peak_mb = max((worker.peak_memory_mb or 0.0 for worker in result.workers), default=0.0)
    words = f"{len(result.workers)} workers did {n_done} in {result.seconds:.1f} s, with at most {peak_mb:.0f} MB each"
    return f"{words}; {n_died} died and what they had in hand went to others" if n_died else words
