"""Streams of blocks [C, n]: the same frames, cut anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from mixassist.audio.buffer import Samples


def rechunk(blocks: Iterable[Samples], n_frames: int) -> Iterator[Samples]:
    """Blocks [C, n_frames] holding the same frames in order; the last one may be shorter, none is empty."""
    waiting: list[Samples] = []
    n_waiting = 0
    for block in blocks:
        while n_waiting + block.shape[1] >= n_frames:
            n_taken = n_frames - n_waiting
            yield np.concatenate([*waiting, block[:, :n_taken]], axis=1)
            waiting, n_waiting, block = [], 0, block[:, n_taken:]
        if block.shape[1]:
            waiting.append(block)
            n_waiting += block.shape[1]
    if n_waiting:
        yield np.concatenate(waiting, axis=1)
