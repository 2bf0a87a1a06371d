"""`Worker`: the thread that processes while the card's callback goes on."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

from mixassist.audio.live_desk import LiveDesk

N_WARM_UP_BLOCKS = 20

SWITCH_INTERVAL_S = 0.0005
"""How long Python may keep the callback waiting for the worker; its own 5 ms are longer than a block."""


class Worker:
    """A thread that works off what waits at the desk each time it is woken."""

    def __init__(self, desk: LiveDesk) -> None:
        self._desk = desk
        self._calls: SimpleQueue[None] = SimpleQueue()
        self._is_over = False

    def wake(self) -> None:
        """Says that a block waits. Written in C, so the callback that calls it waits for nobody."""
        self._calls.put(None)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[Future[None]]:
        """Runs the thread, once the process is warm in it; the future given holds the error that ended it, if one did.

        What an engine prepares on its first runs may belong to the thread that ran it: pools, recorded CUDA graphs. An
        error that ended the thread is raised at the end where none was before, so that Ctrl-C does not swallow it.
        """
        with ThreadPoolExecutor(1, thread_name_prefix="live") as pool:
            pool.submit(self._desk.warm_up, N_WARM_UP_BLOCKS).result()
            working = pool.submit(self._run)
            try:
                yield working
            finally:
                self._is_over = True
                self.wake()
            working.result()

    def _run(self) -> None:
        while not self._is_over:
            self._calls.get()
            while not self._is_over and self._desk.work():
                pass


@contextlib.contextmanager
def calm_interpreter() -> Iterator[None]:
    """Keeps long collections of garbage away and hands the interpreter's lock over soon, while somebody plays."""
    interval_s = sys.getswitchinterval()
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        yield
    finally:
        sys.setswitchinterval(interval_s)
        gc.unfreeze()
