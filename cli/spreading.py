"""Spreads items over workers: each takes the next one, what fails is tried elsewhere, and who dies is replaced.

Conventions: a crew hires workers, hands them items and tells what happens to them, one event at a time; where they are
and how they are reached is the crew's affair. Nothing here knows what an item is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

from mixassist.errors import EngineError, MixassistError

N_TRIES = 2
"""Workers that may fail at an item before it is the item's fault: a machine may lack a disk or a model."""

N_DEATHS = 3
"""Workers that may die over an item, and workers in a row that may die before they are ready."""

Item = TypeVar("Item")
Answer = TypeVar("Answer")
GivenItem = TypeVar("GivenItem", contravariant=True)
GivenAnswer = TypeVar("GivenAnswer", covariant=True)


@dataclass(frozen=True)
class Opened:
    """A worker is ready for its first item."""

    worker: int
    place: str


@dataclass(frozen=True)
class Done(Generic[GivenAnswer]):
    """A worker has an answer to its item; `peak_memory_mb` is what its process has needed so far."""

    worker: int
    answer: GivenAnswer
    peak_memory_mb: float | None = None


@dataclass(frozen=True)
class Failed:
    """A worker cannot do its item or, where it has none yet, cannot begin at all."""

    worker: int
    error: MixassistError


@dataclass(frozen=True)
class Died:
    """A worker's process is gone, whatever it had in hand; `why` is what is known of it."""

    worker: int
    why: str = ""


Event: TypeAlias = "Opened | Done[GivenAnswer] | Failed | Died"


class Crew(Protocol[GivenItem, GivenAnswer]):
    """Workers, known by their numbers."""

    def hire(self, worker: int) -> None:
        """Begins to start a worker; an event tells when it is ready."""

    def give(self, worker: int, item: GivenItem) -> None:
        """Hands an item to a worker that has none; an event tells what became of it."""

    def next_event(self) -> Event[GivenAnswer]:
        """What happened next; waits for it."""


@dataclass
class WorkerAccount:
    """What a worker did; `place` is where it runs, empty until it is ready."""

    place: str = ""
    n_done: int = 0
    peak_memory_mb: float | None = None
    has_died: bool = False

    def to_dict(self) -> dict[str, Any]:
        memory_mb = self.peak_memory_mb
        return {"place": self.place, "done": self.n_done, "peak_memory_mb": memory_mb, "died": self.has_died}


@dataclass
class _Task(Generic[Item]):
    """An item on its way, and what it met."""

    item: Item
    failed_at: set[int] = field(default_factory=set)
    n_deaths: int = 0


class Spreading(Generic[Item, Answer]):
    """Leads items through a crew of `n_workers`, each item to one answer or one error.

    Attributes:
        accounts: what each worker did, by its number.
    """

    def __init__(self, items: Sequence[Item], crew: Crew[Item, Answer], n_workers: int) -> None:
        self._waiting = deque(_Task(item) for item in items)
        self._n_open = len(items)
        self._crew = crew
        self._n_workers = n_workers
        self._opening: set[int] = set()
        self._in_hand: dict[int, _Task[Item] | None] = {}  # what each worker that is ready works on
        self._n_stillborn = 0
        self.accounts: dict[int, WorkerAccount] = {}

    def outcomes(self) -> Iterator[tuple[Item, Answer | MixassistError]]:
        """Yields each item once, with its answer or why there is none, in the order in which they come.

        The first worker opens alone: what it fetches, or finds out about its machine, the others find there.

        Raises:
            MixassistError: when no worker can be had, saying why.
        """
        self._hire(min(1, self._n_open))
        while self._n_open:
            for outcome in self._heed(self._crew.next_event()):
                self._n_open -= 1
                yield outcome
            self._hire(min(self._n_workers, self._n_open) - len(self._alive))
            self._hand_out()

    @property
    def _alive(self) -> set[int]:
        return self._opening | self._in_hand.keys()

    def _hire(self, n_workers: int) -> None:
        for _ in range(n_workers):
            worker = len(self.accounts)
            self.accounts[worker] = WorkerAccount()
            self._opening.add(worker)
            self._crew.hire(worker)

    def _hand_out(self) -> None:
        for worker in [worker for worker, task in self._in_hand.items() if task is None]:
            task = self._task_for(worker)
            if task is not None:
                self._waiting.remove(task)
                self._in_hand[worker] = task
                self._crew.give(worker, task.item)

    def _task_for(self, worker: int) -> _Task[Item] | None:
        """The next task that this worker has not failed at, unless nobody else is left for it."""
        return next((t for t in self._waiting if worker not in t.failed_at or not self._alive - t.failed_at), None)

    def _heed(self, event: Event[Answer]) -> Iterator[tuple[Item, Answer | MixassistError]]:
        account = self.accounts[event.worker]
        if isinstance(event, Opened):
            self._opening.remove(event.worker)
            self._in_hand[event.worker] = None
            self._n_stillborn = 0
            account.place = event.place
        elif isinstance(event, Done):
            account.n_done += 1
            account.peak_memory_mb = event.peak_memory_mb
            yield self._take_from(event.worker).item, event.answer
        elif isinstance(event, Failed):
            yield from self._heed_failure(event)
        else:
            account.has_died = True
            yield from self._heed_death(event)

    def _heed_failure(self, event: Failed) -> Iterator[tuple[Item, MixassistError]]:
        if event.worker in self._opening:
            self._opening.remove(event.worker)
            self._n_workers -= 1  # where it was there is no place for another one
            if not self._n_workers:
                raise event.error
            return
        task = self._take_from(event.worker)
        task.failed_at.add(event.worker)
        if len(task.failed_at) < N_TRIES and self._alive - task.failed_at:
            self._waiting.append(task)
        else:
            yield task.item, event.error

    def _heed_death(self, event: Died) -> Iterator[tuple[Item, MixassistError]]:
        if event.worker in self._opening:
            self._opening.remove(event.worker)
            self._n_stillborn += 1
            if self._n_stillborn >= N_DEATHS:
                raise EngineError(f"{N_DEATHS} workers in a row died before they were ready: {event.why}")
            return
        task = self._in_hand.pop(event.worker)
        if task is None:
            return
        task.n_deaths += 1
        if task.n_deaths < N_DEATHS:
            self._waiting.append(task)
        else:
            words = f"{N_DEATHS} workers died over it, of too little memory perhaps: use fewer --jobs"
            yield task.item, EngineError(words)

    def _take_from(self, worker: int) -> _Task[Item]:
        """The task that the worker had in hand, which it is free of."""
        task = self._in_hand[worker]
        if task is None:
            raise RuntimeError(f"worker {worker} tells of an item that it was not given")
        self._in_hand[worker] = None
        return task
