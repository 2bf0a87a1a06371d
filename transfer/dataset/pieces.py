"""Pieces of a recording as they are learned from: mono at 48 kHz, without offset, read in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.files import read_blocks
from mixassist.audio.resample import StreamResampler
from mixassist.dsp.hops import N_HOPS_PER_S
from transfer.dataset.pauses import Span
from transfer.dataset.recordings import Recording

RATE = 48000
HOP = RATE // N_HOPS_PER_S

Mono = NDArray[np.float32]
"""Samples [T] at 48 kHz."""


def read_pieces(recording: Recording, spans: Sequence[Span]) -> Iterator[Mono]:
    """The samples [T] of spans that are in order and do not overlap; no more than a piece is held in memory."""
    waiting = np.zeros(0, dtype=np.float32)
    n_gone = 0
    blocks = _read_mono(recording)
    for first, last in spans:
        while n_gone + waiting.size < last * HOP:
            n_unneeded = min(max(first * HOP - n_gone, 0), waiting.size)
            waiting, n_gone = waiting[n_unneeded:], n_gone + n_unneeded
            block = next(blocks, None)
            if block is None:
                break
            waiting = np.concatenate([waiting, block])
        yield waiting[first * HOP - n_gone : last * HOP - n_gone]


def _read_mono(recording: Recording) -> Iterator[Mono]:
    resampler = StreamResampler(1, recording.rate, RATE)
    for block in read_blocks(recording.path):
        mixed = recording.mix.astype(np.float32) @ block - np.float32(recording.offset)
        yield resampler.process(mixed[np.newaxis])[0]
    yield resampler.flush()[0]
