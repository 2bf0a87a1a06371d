"""`LiveSeparator`: a song's stems while it plays, whatever the length of the blocks.

Conventions: blocks [C=2, n] at the model's rate, in the arithmetic of its tensors (float32). A stream belongs to one
thread. Cuts change nothing: what comes out is the same, sample for sample, however the song was cut.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import AudioError, OptionError
from mixassist.runtime import Session
from mixassist.runtime.streaming.denormals import DenormalsOff
from mixassist.runtime.streaming.fifo import Fifo
from mixassist.runtime.streaming.timing import StopWatch, Timing
from separation.live.hops import N_CHANNELS, HopSeparator
from separation.model import check_stems


@dataclass(frozen=True)
class LiveBlock:
    """Stems [S, 2, n] of a block in the order of `LiveSeparator.stems`, and the residual [2, n] that completes them."""

    stems: NDArray[Any]
    residual: NDArray[Any]


class LiveSeparator:
    """Stems and residual of a stream; together they are the input, `latency_samples` late.

    A host whose blocks all have `block` frames waits for no more than these demand; any other (None) for a hop.

    Raises:
        OptionError: for a stem the model does not have, or an empty block.
    """

    def __init__(self, session: Session, stems: Sequence[str] = (), block: int | None = None) -> None:
        if block is not None and block < 1:
            raise OptionError(f"a block of {block} frames holds no sound: give at least 1, or None for any")
        available = tuple(session.spec.options["stems"])
        check_stems(stems, session.spec.kind, available)
        self.session = session
        self.stems = tuple(stems) or available
        self.block = block
        self._separator = HopSeparator(session, [available.index(stem) for stem in self.stems])
        hop, dtype = self._separator.hop, self._separator.dtype
        self._n_ahead = hop - (1 if block is None else gcd(block, hop))
        self.latency_samples = self._separator.latency_samples + self._n_ahead
        self._waiting = Fifo(N_CHANNELS, 2 * hop, dtype)
        self._ready = Fifo(len(self.stems) * N_CHANNELS, 2 * hop, dtype)
        self._dry = Fifo(N_CHANNELS, self.latency_samples + hop, dtype)
        self._denormals_off = DenormalsOff()
        self._watch = StopWatch(block or hop, session.spec.rate)
        self.reset()

    @property
    def rate(self) -> int:
        """In Hz."""
        return self.session.spec.rate

    @property
    def timing(self) -> Timing:
        """How long the blocks took, and for how many hops the network gave no numbers."""
        return self._watch.timing(self._separator.n_broken)

    def process(self, block: NDArray[Any]) -> LiveBlock:
        """What is heard while `block` [2, n] comes in. Samples that are NaN or infinite are taken for silence.

        Raises:
            AudioError: when the block has another shape or type than the stream takes.
        """
        start_s = time.perf_counter()
        self._check(block)
        stems = np.empty((len(self.stems), *block.shape), block.dtype)
        residual = np.empty_like(block)
        with self._denormals_off:
            clean = np.where(np.isfinite(block), block, block.dtype.type(0))
            for first in range(0, block.shape[1], self._separator.hop):
                piece = slice(first, first + self._separator.hop)
                self._process_piece(clean[:, piece], stems[..., piece], residual[:, piece])
        if block.shape[1]:
            self._watch.add(time.perf_counter() - start_s, block.shape[1])
        return LiveBlock(stems, residual)

    def reset(self) -> None:
        """Back to silence, as if just opened."""
        self._separator.reset()
        self._waiting.refill(0)
        self._ready.refill(self._n_ahead)
        self._dry.refill(self.latency_samples)

    def _process_piece(self, piece: NDArray[Any], stems: NDArray[Any], residual: NDArray[Any]) -> None:
        """Writes stems and residual for a piece of no more than a hop."""
        hop, n_frames = self._separator.hop, piece.shape[1]
        self._waiting.push(piece)
        self._dry.push(piece)
        if len(self._waiting) >= hop:
            hops = self._separator.step(self._waiting.pop(hop))
            self._ready.push(hops.reshape(-1, hop))
        stems[:] = self._ready.pop(n_frames).reshape(stems.shape)
        np.subtract(self._dry.pop(n_frames), stems.sum(axis=0), out=residual)

    def _check(self, block: NDArray[Any]) -> None:
        is_shaped = block.ndim == 2 and block.shape[0] == N_CHANNELS
        is_shaped = is_shaped and self.block in (None, block.shape[1])
        if not is_shaped or block.dtype != self._separator.dtype:
            length = "any" if self.block is None else self.block
            raise AudioError(
                f"the block is {block.dtype} {list(block.shape)}, the stream takes {self._separator.dtype}"
                f" [{N_CHANNELS}, {length}]: convert it, or open the stream for such blocks"
            )
