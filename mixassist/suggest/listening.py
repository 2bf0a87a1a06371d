"""`Listener`: lets ears hear the pieces of a song beside the work of reading and metering it.

Transforms and BLAS let other threads run meanwhile, so two processors share what one alone would take turns at; and
librosa, which takes longer to load than to hear a song, is loaded while the first piece is read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from mixassist.suggest.pieces import MonoPiece, load_librosa

N_BEHIND = 2
"""Pieces that may wait to be heard, of 2.6 MB each: memory must not grow with the song."""


class Ear(Protocol):
    """Whoever hears a song piece by piece."""

    def hear(self, piece: MonoPiece) -> None:
        """Takes the next piece."""


class Listener:
    """Hands pieces to `ears` in order, on a thread of its own."""

    def __init__(self, ears: Sequence[Ear]) -> None:
        self._ears = ears
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._waiting: deque[Future[None]] = deque([self._thread.submit(load_librosa)])

    def hear(self, pieces: Iterable[MonoPiece]) -> None:
        """Takes the next pieces; waits where too many are still unheard."""
        for piece in pieces:
            self._waiting.append(self._thread.submit(self._hear, piece))
            while len(self._waiting) > N_BEHIND:
                self._waiting.popleft().result()

    def finish(self) -> None:
        """Returns when all has been heard; nothing may follow."""
        for each in self._waiting:
            each.result()
        self._thread.shutdown()

    def _hear(self, piece: MonoPiece) -> None:
        for ear in self._ears:
            ear.hear(piece)
