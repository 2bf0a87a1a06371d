"""Pieces of a song, spread over its length, without holding the song in memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixassist.audio import AudioBuffer, probe_audio, read_blocks
from mixassist.audio.resample import resample


def read_excerpts(path: Path, seconds: float, n_excerpts: int, rate: int) -> list[NDArray[np.float32]]:
    """Mono pieces [T] at `rate` Hz of up to `seconds`, as many as fit without overlap, at most `n_excerpts`.

    They lie in the middles of equal parts of the song: intros and fades are left out where there is more.

    Raises:
        AudioError: when the file cannot be read.
    """
    info = probe_audio(path)
    n_wanted = round(seconds * info.rate)
    n_pieces = max(1, min(n_excerpts, info.n_frames // n_wanted))
    middles = (np.arange(n_pieces) + 0.5) * info.n_frames / n_pieces
    n_frames = min(n_wanted, info.n_frames)
    starts = [int(np.clip(middle - n_frames / 2, 0, info.n_frames - n_frames)) for middle in middles]
    pieces = [np.zeros(n_frames, dtype=np.float32) for _ in starts]
    position = 0
    for block in read_blocks(path):
        mono = block.mean(axis=0)
        for start, piece in zip(starts, pieces, strict=True):
            first, last = max(start, position), min(start + n_frames, position + len(mono))
            if first < last:
                piece[first - start : last - start] = mono[first - position : last - position]
        position += len(mono)
    return [resample(AudioBuffer(piece[None], info.rate), rate).samples[0] for piece in pieces]
