"""Stands in for Ray where only what is done with it matters: workers in this process, each answering at once."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import count
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest


class RayError(Exception):
    pass


class RayTaskError(RayError):
    pass


class Killed(BaseException):
    """Raised in a worker: its process is gone."""


class FakeRay(ModuleType):
    """The part of Ray that `cli.ray_crew` uses; `begun` and `killed` tell what became of workers.

    Only the first `n_places` workers ever come.
    """

    def __init__(self, n_cores: int, n_gpus: int) -> None:
        super().__init__("ray")
        self.exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError)
        self.begun: list[dict[str, Any]] = []
        self.killed = 0
        self.n_places = 99
        self._absent: set[int] = set()
        self.is_running = False
        self._resources = {"CPU": float(n_cores), "GPU": float(n_gpus)}
        self._answers: dict[int, Callable[[], Any]] = {}
        self._numbers = count()

    def init(self, address: str, **settings: object) -> None:
        if address not in ("local", "auto"):
            raise ConnectionError(f"Could not find any running Ray instance at {address}.\nMore words.")
        self.is_running = True

    def shutdown(self) -> None:
        self.is_running = False

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": self._resources}, {"Alive": False, "Resources": {"CPU": 64.0}}]

    def remote(self, kind: type) -> _Kind:
        return _Kind(self, kind, {})

    def wait(self, references: list[int], num_returns: int, timeout: float) -> tuple[list[int], list[int]]:
        ready = [reference for reference in references if reference not in self._absent][:num_returns]
        return ready, [reference for reference in references if reference not in ready]

    def get(self, reference: int) -> Any:
        return self._answers.pop(reference)()

    def kill(self, actor: object) -> None:
        self.killed += 1

    def keep(self, call: Callable[[], Any], has_come: bool) -> int:
        """A reference to what `call` comes to, found out when it is asked for; who has not come says nothing."""
        number = next(self._numbers)
        if not has_come:
            self._absent.add(number)
        self._answers[number] = call
        return number


class _Kind:
    def __init__(self, ray: FakeRay, kind: type, options: dict[str, Any]) -> None:
        self._ray, self._kind, self._options = ray, kind, options

    def options(self, **options: Any) -> _Kind:
        return _Kind(self._ray, self._kind, options)

    def remote(self, *words: object) -> _Actor:
        self._ray.begun.append(self._options)
        return _Actor(self._ray, self._kind(*words), len(self._ray.begun) <= self._ray.n_places)


class _Actor:
    def __init__(self, ray: FakeRay, worker: object, has_come: bool) -> None:
        self._ray, self._worker, self._has_come = ray, worker, has_come

    def __getattr__(self, name: str) -> SimpleNamespace:
        def ask(*words: object) -> int:
            return self._ray.keep(lambda: self._do(name, *words), self._has_come)

        return SimpleNamespace(remote=ask)

    def _do(self, name: str, *words: object) -> Any:
        try:
            return getattr(self._worker, name)(*words)
        except Killed as error:
            raise RayError("The worker died.\nIts memory was gone.") from error
        except ZeroDivisionError as error:
            raise RayTaskError(f"Traceback ...\nZeroDivisionError: {error}") from error


def install(monkeypatch: pytest.MonkeyPatch, n_cores: int = 2, n_gpus: int = 0) -> FakeRay:
    """Puts the stand-in where Ray would be."""
    ray = FakeRay(n_cores, n_gpus)
    monkeypatch.setitem(sys.modules, "ray", ray)
    return ray
