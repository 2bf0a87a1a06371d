"""`Take`: what is played live, written to a file while it is played.

    card's callback ─hear─▶ ring ─ a thread of its own ─▶ file

The callback only copies. A disk that is too slow for the ring loses frames, which are silent in the file so that what
follows keeps its place, and counted.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.live_ring import LiveRing
from mixassist.audio.writer import AudioWriter

RING_S = 5.0
"""How long a disk may take for anything."""

WRITE_EVERY_S = 0.1


class Take:
    """Hands what it hears in blocks [C, block] to a writer, from a thread of its own.

    Attributes:
        n_lost: frames that the file lacks, silent there.
    """

    def __init__(self, writer: AudioWriter, block: int) -> None:
        self.n_lost = 0
        self._writer = writer
        self._ring = LiveRing(writer.n_channels, max(round(RING_S * writer.rate), 4 * block))
        self._block = np.zeros((writer.n_channels, block), np.float32)
        self._next = 0
        self._is_over = threading.Event()
        self._writing: Future[None] | None = None

    @property
    def has_failed(self) -> bool:
        """Whether nothing is written any more, though it is not over."""
        return self._writing is not None and self._writing.done() and not self._is_over.is_set()

    def hear(self, block: Samples) -> None:
        """Takes a block, by copying alone."""
        self._ring.write(block, self._ring.end)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Writes inside the `with`; an error that ended that is raised at the end."""
        with ThreadPoolExecutor(1, thread_name_prefix="take") as pool:
            self._writing = pool.submit(self._run)
            try:
                yield
            finally:
                self._is_over.set()
            self._writing.result()

    def _run(self) -> None:
        while not self._is_over.wait(WRITE_EVERY_S):
            self._write_what_waits()
        self._write_what_waits()

    def _write_what_waits(self) -> None:
        n_frames = self._block.shape[1]
        while self._ring.end - self._next >= n_frames:
            if not self._ring.read(self._next, self._block):
                self._block[:] = 0
                self.n_lost += n_frames
            self._writer.write(self._block)
            self._next += n_frames


@contextlib.contextmanager
def recorded(writer: AudioWriter, block: int) -> Iterator[Take]:
    """A take that is written inside the `with`; what was played is kept, whatever ended it.

    A card that is pulled out, a full disk, an engine that fails, a second Ctrl-C: a take cannot be played again. Where
    nothing had been played, no file is left.

    Raises:
        AudioError: when the disk is full.
    """

    def leave(kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if writer.n_frames:
            writer.__exit__(None, None, None)
        else:
            writer.__exit__(kind, error, trace)

    with contextlib.ExitStack() as leaving:
        writer.__enter__()
        leaving.push(leave)
        take = Take(writer, block)
        with take.at_work():
            yield take
