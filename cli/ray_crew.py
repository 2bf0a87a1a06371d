"""The door to Ray: workers of a cluster, one process each.

Conventions: a worker opens what it works with (a model) once and keeps it. Files are read and written by the workers
themselves, under the same paths on every machine; what travels are names, options and reports.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from cli.machine import n_cores
from cli.spreading import Died, Done, Event, Failed, Opened
from mixassist import __version__
from mixassist.errors import EngineError, MixassistError
from mixassist.runtime.memory import peak_memory_mb

LOCAL = "local"
KNOCK_S = 5.0
"""How long a cluster may take to answer the door."""
ARRIVAL_S = 120.0
"""How long a worker may take to come, before anything is opened in it, while nobody else works."""
LEAVE_S = 60.0
"""How long a worker may take to put its work down: a second Ctrl-C does not wait."""
STORE_BYTES = 80 * 2**20
"""Memory in which a cluster of our own keeps answers: little more than Ray insists on, for they are short reports."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")

KeepGoing: TypeAlias = Callable[[], None]
"""Called between the steps of a piece of work; it raises when the work is to stop."""
Work: TypeAlias = Callable[[Item, KeepGoing], Answer]
Opening: TypeAlias = Callable[[], Work[Item, Answer]]


class _StopWork(Exception):  # noqa: N818  # not an error: somebody pressed Ctrl-C
    """Ends a piece of work where it is."""


@dataclass(frozen=True)
class Greeting:
    """Who a worker is."""

    place: str
    version: str


class Station:
    """What runs in the process of a worker."""

    def __init__(self, opening: Opening[Any, Any]) -> None:
        self._opening = opening
        self._is_stopping = threading.Event()

    def greet(self) -> Greeting:
        return Greeting(f"{socket.gethostname()}, process {os.getpid()}", __version__)

    def open(self) -> MixassistError | None:
        """None when all is ready for work, or why it is not."""
        try:
            self._work = self._opening()
        except MixassistError as error:
            return error
        return None

    def do(self, item: object) -> tuple[object, float | None]:
        """The answer to an item or why there is none, None if it was stopped, and the peak memory in MB."""
        try:
            answer = self._work(item, self._keep_going)
        except MixassistError as error:
            answer = error
        except _StopWork:
            answer = None
        return answer, peak_memory_mb()

    def stop(self) -> None:
        self._is_stopping.set()

    def _keep_going(self) -> None:
        if self._is_stopping.is_set():
            raise _StopWork


@dataclass(frozen=True)
class Machines:
    """What the cluster has: cores of each machine, and processors for graphics in all."""

    n_cores: tuple[int, ...]
    n_gpus: int


@contextlib.contextmanager
def joined(address: str) -> Iterator[Machines]:
    """A cluster to work on, `local` for one of this machine alone, which ends with the work.

    Raises:
        EngineError: when there is none, or Ray is not installed.
    """
    _knock(address)
    try:
        import ray
    except ImportError as error:
        raise EngineError("--cluster needs Ray, which is not installed: pip install 'mixassist[cluster]'") from error
    own: dict[str, Any] = {"num_cpus": n_cores(), "include_dashboard": False, "object_store_memory": STORE_BYTES}
    logging.getLogger("ray").setLevel(logging.CRITICAL)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray tells of deaths on stdout, which is for results; they are told here.
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            ray.init(address, configure_logging=False, log_to_driver=False, **(own if address == LOCAL else {}))
        except Exception as error:  # that very class is Ray's word for processes that do not start in time
            reason = str(error).strip().partition("\n")[0] or type(error).__name__
            raise EngineError(f"the cluster {address} cannot be joined ({reason}): {_cure(address)}") from error
        try:
            machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
            cores = tuple(int(machine["CPU"]) for machine in machines if machine.get("CPU"))
            yield Machines(cores, int(sum(machine.get("GPU", 0) for machine in machines)))
        finally:
            ray.shutdown()


class RayCrew(Generic[Item, Answer]):
    """Workers of the cluster that was joined.

    Args:
        opening: opens what a worker works with; it travels there, so it is made of names from modules.
        n_cores: for each worker.
        n_gpus: for each worker, or the share of one.
    """

    def __init__(self, opening: Opening[Item, Answer], n_cores: int, n_gpus: float) -> None:
        import ray

        self._ray = ray
        self._opening = opening
        # Two calls at a time: one works, the other can tell it to stop. No restarts: a dead worker's song is ours.
        options = {"num_cpus": n_cores, "num_gpus": n_gpus, "max_concurrency": 2, "max_restarts": 0}
        self._kind = ray.remote(Station).options(**options)
        self._actors: dict[int, Any] = {}
        self._places: dict[int, str] = {}
        self._hired_s: dict[int, float] = {}
        self._asked: dict[Any, tuple[str, int]] = {}  # what was asked of whom, by the reference to the answer

    def hire(self, worker: int) -> None:
        """Begins to start a worker."""
        self._actors[worker] = self._kind.remote(self._opening)
        self._hired_s[worker] = time.monotonic()
        self._ask("greet", worker)

    def give(self, worker: int, item: Item) -> None:
        """Hands an item to a worker."""
        self._ask("do", worker, item)

    def next_event(self) -> Event[Answer]:
        """What happened next; a worker who does not come cannot begin.

        Raises:
            EngineError: when nobody has ever come.
        """
        while True:
            ready, _ = self._ray.wait(list(self._asked), num_returns=1, timeout=1.0)
            for reference in ready:
                event = self._event(reference, *self._asked.pop(reference))
                if event is not None:
                    return event
            late = self._late()
            if late is not None:
                return self._give_up(late)

    def dismiss(self) -> None:
        """Has every worker put its work down, which leaves no half-written files, and go."""
        working = [reference for reference, (question, _) in self._asked.items() if question == "do"]
        with contextlib.suppress(KeyboardInterrupt):  # a second Ctrl-C does not wait
            for reference in working:
                self._actors[self._asked[reference][1]].stop.remote()
            if working:
                self._ray.wait(working, num_returns=len(working), timeout=LEAVE_S)
        for actor in self._actors.values():
            self._ray.kill(actor)

    def _late(self) -> Any | None:
        """The greeting that is long due of somebody for whom all others wait; None while others work, or may come."""
        if any(question != "greet" for question, _ in self._asked.values()):
            return None
        longest_ago = time.monotonic() - ARRIVAL_S
        return next((ref for ref, (_, worker) in self._asked.items() if self._hired_s[worker] < longest_ago), None)

    def _give_up(self, greeting: Any) -> Failed:
        error = EngineError(f"no worker came within {ARRIVAL_S:g} s: see by `ray status` whether cores are left")
        if not self._places:
            raise error
        _, worker = self._asked.pop(greeting)
        self._ray.kill(self._actors.pop(worker))
        return Failed(worker, error)

    def _ask(self, question: str, worker: int, *words: object) -> None:
        self._asked[getattr(self._actors[worker], question).remote(*words)] = question, worker

    def _event(self, reference: Any, question: str, worker: int) -> Event[Answer] | None:
        try:
            said = self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            return Failed(worker, EngineError(f"this is a bug of mixassist: {_last_line(error)}"))
        except self._ray.exceptions.RayError as error:
            self._ray.kill(self._actors.pop(worker))  # out of reach, it might still write what another one gets
            return Died(worker, _last_line(error))
        if question == "greet":
            return self._welcome(worker, said)
        if question == "open":
            return Opened(worker, self._places[worker]) if said is None else Failed(worker, said)
        answer, memory_mb = said
        return Failed(worker, answer) if isinstance(answer, MixassistError) else Done(worker, answer, memory_mb)

    def _welcome(self, worker: int, greeting: Greeting) -> Failed | None:
        if greeting.version != __version__:
            words = f"mixassist is {greeting.version} there and {__version__} here: install the same on every machine"
            return Failed(worker, EngineError(f"{greeting.place}: {words}"))
        self._places[worker] = greeting.place
        self._ask("open", worker)
        return None


def threads_each(n_cores: Sequence[int], n_workers: int) -> int:
    """The most threads for each, so that all workers find a place on machines with so many cores; 1 at least."""
    counts = range(max(n_cores, default=1), 0, -1)
    return next((count for count in counts if sum(cores // count for cores in n_cores) >= n_workers), 1)


def _knock(address: str) -> None:
    """Sees whether anybody is at HOST:PORT: Ray itself would try for minutes.

    Raises:
        EngineError: when nobody answers, or the address is none.
    """
    if address in (LOCAL, "auto"):
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        raise EngineError(f"--cluster {address} is no address: give HOST:PORT, auto or {LOCAL}")
    try:
        socket.create_connection((host, int(port)), KNOCK_S).close()
    except (OSError, OverflowError) as error:
        raise EngineError(f"no cluster answers at {address} ({error}): start one with `ray start --head`") from error


def _cure(address: str) -> str:
    if address == LOCAL:
        return "try again when this machine is less busy, or without --cluster"
    return "`ray status` tells of it, `ray start --address HOST:PORT` makes this machine part of it"


def _last_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
