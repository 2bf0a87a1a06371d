"""What the advice for a mix sounds like: strips, room, bus and master, in blocks of a second.

A second of each track is held at a time, however long they are. All begin together; the mix lasts as long as the
longest of them, and until its room has died away.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.files import open_audio
from mixassist.audio.resample import StreamResampler
from mixassist.suggest.mix_chain import MixChain, TrackChain
from mixassist.suggest.render import render_blocks, render_track
from mixassist.suggest.room import RoomProcess


@dataclass(frozen=True)
class Piece:
    """Where in a song to render; frames are counted at the tracks' own rates, so they are given in seconds."""

    start_s: float = 0.0
    seconds: float = float("inf")


WHOLE = Piece()


def mix_rate(files: Sequence[Path]) -> int:
    """The rate of a mix: the highest of its tracks', so that none loses its highs.

    Raises:
        AudioError: when a track cannot be read.
    """
    return max(_rate(file) for file in files)


def render_mix(files: Mapping[str, Path], chain: MixChain, rate: int, piece: Piece = WHOLE) -> Iterator[Samples]:
    """The mix [2, n] of tracks, given by name, at `rate`; what comes before a piece is not heard in it.

    Raises:
        AudioError: when a track cannot be read.
    """
    strips = [chain.tracks.get(name, TrackChain()) for name in files]
    paired = zip(files.values(), strips, strict=True)
    tracks = [render_track(_at_rate(file, rate, piece), rate, strip) for file, strip in paired]
    room = RoomProcess(chain.room, rate) if chain.room else None
    summed = _summed(tracks, [strip.send_db for strip in strips], room)
    return render_blocks(render_blocks(summed, rate, chain.bus), rate, chain.master)


def _summed(
    tracks: Sequence[Iterator[Samples]], sends_db: Sequence[float | None], room: RoomProcess | None
) -> Iterator[Samples]:
    """The sum [2, n] of tracks that may end at different times, with what the room gives back."""
    for blocks in itertools.zip_longest(*tracks):
        n_frames = max(block.shape[1] for block in blocks if block is not None)
        dry, sent = np.zeros((2, 2, n_frames), np.float32)
        for block, send_db in zip(blocks, sends_db, strict=True):
            if block is None:
                continue
            dry[:, : block.shape[1]] += block
            if send_db is not None:
                sent[:, : block.shape[1]] += block * np.float32(10 ** (send_db / 20))
        yield dry if room is None else dry + room(sent)
    if room is not None:
        yield room(np.zeros((2, room.n_tail), np.float32))


def _at_rate(file: Path, rate: int, piece: Piece) -> Iterator[Samples]:
    """The blocks of a track that lie in the piece, at `rate`."""
    with open_audio(file) as source:
        resampler = StreamResampler(source.info.n_channels, source.info.rate, rate)
        for block in _cut(source.blocks, source.info.rate, piece):
            yield resampler.process(block)
        yield resampler.flush()


def _rate(file: Path) -> int:
    with open_audio(file) as source:
        return source.info.rate


def _cut(blocks: Iterator[Samples], rate: int, piece: Piece) -> Iterator[Samples]:
    """The frames of a stream that lie in the piece; nothing is read after it."""
    first = round(piece.start_s * rate)
    last = first + piece.seconds * rate
    position = 0
    for block in blocks:
        begin, end = max(first - position, 0), min(last - position, block.shape[1])
        if begin < end:
            yield block[:, begin : round(end)]
        position += block.shape[1]
        if position >= last:
            return
