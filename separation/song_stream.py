"""Leads one song through the model: native blocks in, native blocks of mixture and stems out.

Task: mono or stereo at any rate goes to the model's rate and channels and level, through the networks, and back, so
that every stem block lies exactly beside its mixture block. Memory stays at a few segments, whatever the song's length.

Conventions: blocks [C, n] and stems [S, C, n] at the song's own rate and channels. The song's mean (its DC offset) is
taken out before the network and given to no stem: it ends in the residual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.resample import StreamResampler
from separation.chunks import SongWindow
from separation.lanes import Lane, run_lanes
from separation.survey import Level

Floats = NDArray[np.float32]


class SongStream:
    """A song on its way through planned `lanes`: `rate` (Hz) is the song's own, `model_rate` the networks'."""

    def __init__(self, lanes: list[Lane], level: Level, rate: int, model_rate: int, n_model_channels: int = 2) -> None:
        self._lanes = lanes
        self._level = level
        self._rates = (rate, model_rate)
        self._n_model_channels = n_model_channels

    def run(self, blocks: Iterable[Floats], on_frames: Callable[[int], None]) -> Iterator[tuple[Floats, Floats]]:
        """Yields (mixture [C, n], stems [S, C, n]) until the song ends."""
        mixture = SongWindow()
        position = 0

        def remembered() -> Iterator[Floats]:
            for block in blocks:
                mixture.push(block)
                yield block

        stems = run_lanes(self._to_model(remembered()), self._lanes, on_frames)
        for part in self._from_model(stems):
            n_frames = min(part.shape[-1], mixture.end - position)
            mix = mixture.read(position, n_frames)
            position += n_frames
            mixture.forget(position)
            yield mix, _to_channels(part[..., :n_frames], mix.shape[0])
        # Two roundings of the length may leave the last frame without an estimate: it goes to the residual.
        n_left = mixture.end - position
        if n_left:
            mix = mixture.read(position, n_left)
            yield mix, np.zeros((part.shape[0], *mix.shape), dtype=np.float32)

    def _to_model(self, blocks: Iterable[Floats]) -> Iterator[Floats]:
        resampler = StreamResampler(self._n_model_channels, *self._rates)
        mean, deviation = np.float32(self._level.mean), np.float32(self._level.deviation)
        for block in blocks:
            wide = np.broadcast_to(block, (self._n_model_channels, block.shape[1]))
            yield (resampler.process(wide) - mean) / deviation
        yield (resampler.flush() - mean) / deviation

    def _from_model(self, stems: Iterable[Floats]) -> Iterator[Floats]:
        """Stems back at the song's rate and level; all stems' channels share one resampler."""
        resampler: StreamResampler | None = None
        shape: tuple[int, ...] = ()
        for part in stems:
            shape = part.shape[:-1]
            resampler = resampler or StreamResampler(shape[0] * shape[1], *reversed(self._rates))
            loud = part * np.float32(self._level.deviation)
            yield resampler.process(loud.reshape(-1, part.shape[-1])).reshape(*shape, -1)
        if resampler is not None:
            yield resampler.flush().reshape(*shape, -1)


def _to_channels(stems: Floats, n_channels: int) -> Floats:
    """Stems [S, C, n] with the song's own channels: a mono song gets the mean of both sides."""
    return stems if stems.shape[1] == n_channels else stems.mean(axis=1, keepdims=True)
