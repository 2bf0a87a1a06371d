"""`RoomConvolver`: a recording through the answer of a room, block by block."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.dsp.partitioned_convolution import PartitionedConvolution

N_PARTITION = 32768


class RoomConvolver:
    """Blocks [C, n] become blocks [2, n] of a room alone: one source for all channels, or one for each."""

    def __init__(self, answer: Samples) -> None:
        self._paths = [[PartitionedConvolution(ear, 1, N_PARTITION) for ear in source] for source in answer]
        self._n_left = answer.shape[-1] - 1

    def process(self, block: Samples) -> Samples:
        """What both ears hear of the room while the block is played."""
        sources = block if len(self._paths) == len(block) else block.mean(axis=0, keepdims=True)
        return self._heard(sources)

    def finish(self) -> Iterator[Samples]:
        """What they hear after it, to the end of the room's tail."""
        while self._n_left > 0:
            n_frames = min(self._n_left, N_PARTITION)
            yield self._heard(np.zeros((len(self._paths), n_frames), np.float32))
            self._n_left -= n_frames

    def _heard(self, sources: Samples) -> Samples:
        heard = np.zeros((2, sources.shape[1]), np.float32)
        path_out = np.empty((1, sources.shape[1]), np.float32)
        for source, ears in zip(sources, self._paths, strict=True):
            for ear, path in enumerate(ears):
                path.process(source[None], path_out)
                heard[ear] += path_out[0]
        return heard
