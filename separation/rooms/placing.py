"""The verb of this room: a dry recording placed into a room, from buffer to buffer or from file to file.

Task: output = input + room(input), the input sample for sample where it was, the room after it; longer by the room's
tail. What is mono becomes stereo, for a room is heard with two ears. With no room at all (`wet_db` −inf) the input
comes out as it is; without the recording (`dry_db` −inf) the room alone, as a return of a mixer carries it.

Conventions: blocks are [C, n]. The room is convolved in segments of `N_PARTITION`, cut anew inside, so that a file
gives the same for any blocks it comes in, in memory that does not grow with its length. Levels are left alone, so that
the recording stays as loud as it was, wherever the output holds what comes of it. Integers do not hold more than full
scale: where they would clip, recording and room are turned down together, to a peak of −1 dBFS.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from mixassist.audio.blocks import rechunk
from mixassist.audio.buffer import AudioBuffer, Samples
from separation.removal import require_channels
from separation.rooms.answer import Answer, find_answer
from separation.rooms.convolver import N_PARTITION, RoomConvolver
from separation.rooms.options import RespaceOptions
from separation.rooms.room import Room


def respace(recording: AudioBuffer, options: RespaceOptions | None = None, room: Room | None = None) -> AudioBuffer:
    """The recording in a room, stereo and longer by its tail; `room` stands in for that which the options name.

    Floats hold any level: only a `gain_db` that is asked for changes it.

    Raises:
        AudioError: when the recording has more than two channels, or the impulse response cannot be used.
        OptionError: when no such room is known.
    """
    options = options or RespaceOptions()
    require_channels("the recording", recording.n_channels)
    answer = find_answer(options, recording.rate, recording.n_channels, room)
    gain = np.float32(10 ** ((options.gain_db or 0.0) / 20))
    placed = [dry + wet for dry, wet in place([recording.samples], answer)]
    return AudioBuffer(np.concatenate(placed, axis=1) * gain, recording.rate)


def place(blocks: Iterable[Samples], answer: Answer) -> Iterator[tuple[Samples, Samples]]:
    """The recording and its room beside it, to the end of the tail; their sum is what is heard.

    Both are [2, n] where there is a room, and else as the blocks came.
    """
    gain = np.float32(answer.dry_gain)
    if not answer.has_room:
        yield from ((gain * block, np.zeros_like(block)) for block in blocks)
        return
    convolver = RoomConvolver(answer.samples)
    for block in rechunk(blocks, N_PARTITION):
        yield np.broadcast_to(gain * block, (2, block.shape[1])), convolver.process(block)
    for wet in convolver.finish():
        yield np.zeros_like(wet), wet
