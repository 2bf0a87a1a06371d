"""The verb of this room: a dry recording placed into a room, from buffer to buffer or from file to file.

Task: output = input + room(input), the input sample for sample where it was, the room after it; longer by the room's
tail. What is mono becomes stereo, for a room is heard with two ears. With no room at all (`wet_db` −inf) the input
comes out as it is.

Conventions: blocks are [C, n]. The room is convolved in segments of `N_PARTITION`, cut anew inside, so that a file
gives the same for any blocks it comes in, in memory that does not grow with its length.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mixassist.audio.blocks import rechunk
from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.files import probe_audio, read_blocks
from mixassist.audio.writer import AudioWriter
from mixassist.dsp.partitioned_convolution import PartitionedConvolution
from mixassist.errors import AudioError, Finding, OptionError
from separation.rooms.options import RespaceOptions
from separation.rooms.response_file import load_response
from separation.rooms.room import Room, built_in_rooms
from separation.rooms.synthesis import synthesise

N_PARTITION = 8192


@dataclass(frozen=True, eq=False)
class Answer:
    """What a room answers to each channel at both ears, [S, 2, T] without the direct sound, and where it is from."""

    name: str
    samples: Samples
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class RespaceReport:
    """What was placed where; `seconds` of work, `tail_s` by which the output is longer."""

    song: str
    output: str
    room: str
    rt60_s: tuple[float, ...] | None
    tail_s: float
    times_real_time: float
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


OnProgress = Callable[[float], None]


def respace(recording: AudioBuffer, options: RespaceOptions | None = None, room: Room | None = None) -> AudioBuffer:
    """The recording in a room, stereo and longer by its tail; `room` stands in for that which the options name.

    Raises:
        AudioError: when the recording has more than two channels, or the impulse response cannot be used.
        OptionError: when no such room is known.
    """
    options = options or RespaceOptions()
    answer = find_answer(options, recording.rate, _checked(recording.n_channels, "the recording"), room)
    blocks = list(place([recording.samples], answer))
    return AudioBuffer(np.concatenate(blocks, axis=1), recording.rate)


def respace_file(
    path: Path,
    output: Path,
    options: RespaceOptions,
    room: Room | None = None,
    on_progress: OnProgress = lambda _: None,
) -> RespaceReport:
    """Writes the recording at `path` in a room to `output`, which appears when it is complete.

    Raises:
        AudioError: as `respace`, and when a file cannot be read or written.
    """
    info = probe_audio(path)
    answer = find_answer(options, info.rate, _checked(info.n_channels, path.name), room)
    begin = time.perf_counter()
    n_channels = 2 if answer.samples.size else info.n_channels
    with AudioWriter(output, info.rate, n_channels, options.encoding_for(info)) as writer:
        for block in place(read_blocks(path), answer):
            writer.write(block)
            on_progress(min(writer.n_frames / info.n_frames, 1.0))
    findings = (*answer.findings, *_clipping(writer))
    known = room or built_in_rooms().get(str(options.room))
    times_s = None if known is None else _scaled(known, options).rt60_s
    speed = info.seconds / (time.perf_counter() - begin)
    tail_s = answer.samples.shape[-1] / info.rate
    return RespaceReport(str(path), str(output), answer.name, times_s, tail_s, round(speed, 1), findings)


def find_answer(options: RespaceOptions, rate: int, n_channels: int, room: Room | None = None) -> Answer:
    """The room of the options, or the one that is given, as loud and as late as the options say.

    Raises:
        AudioError: when an impulse response file cannot be used.
        OptionError: when there is neither a room nor a file of that name, or a file was to ring longer.
    """
    room = room or built_in_rooms().get(str(options.room))
    name = room.name if room is not None else str(options.room)
    if options.wet_gain == 0:
        return Answer(name, np.zeros((n_channels, 2, 0), np.float32))
    if room is not None:
        findings: tuple[Finding, ...] = ()
        samples = synthesise(_scaled(room, options), rate, n_channels, options.seed)
    else:
        samples, findings = _from_file(options, rate)
    samples = _delayed(samples, options.predelay_ms, rate) * np.float32(options.wet_gain)
    return Answer(name, samples, findings)


def place(blocks: Iterable[Samples], answer: Answer) -> Iterator[Samples]:
    """Blocks [2, n] of the recording with its room, and the tail after it; as they came, where there is no room."""
    if not answer.samples.size:
        yield from blocks
        return
    room = _Convolver(answer.samples)
    for block in rechunk(blocks, N_PARTITION):
        yield room(block) + block
    n_left = answer.samples.shape[-1] - 1
    while n_left > 0:
        n_frames = min(n_left, N_PARTITION)
        yield room(np.zeros((room.n_channels or 1, n_frames), np.float32))
        n_left -= n_frames


class _Convolver:
    """A room for blocks [C, n]: one source for all channels, or one for each."""

    def __init__(self, answer: Samples) -> None:
        self._paths = [[PartitionedConvolution(ear, 1, N_PARTITION) for ear in source] for source in answer]
        self.n_channels = 0

    def __call__(self, block: Samples) -> Samples:
        self.n_channels = len(block)
        sources = block if len(self._paths) == len(block) else block.mean(axis=0, keepdims=True)
        heard = np.zeros((2, block.shape[1]), np.float32)
        path_out = np.empty((1, block.shape[1]), np.float32)
        for source, ears in zip(sources, self._paths, strict=True):
            for ear, path in enumerate(ears):
                path.process(source[None], path_out)
                heard[ear] += path_out[0]
        return heard


def _from_file(options: RespaceOptions, rate: int) -> tuple[Samples, tuple[Finding, ...]]:
    path = Path(options.room)
    if not path.exists():
        rooms = ", ".join(built_in_rooms())
        raise OptionError(f"room {options.room} is neither built in nor a file: choose one of {rooms}, or a file")
    if options.rt60_s is not None:
        raise OptionError(f"--rt60 goes with built-in rooms: {path.name} rings as long as it was measured")
    return load_response(path, rate)


def _scaled(room: Room, options: RespaceOptions) -> Room:
    return room if options.rt60_s is None else room.with_middle_s(options.rt60_s)


def _delayed(samples: Samples, predelay_ms: float | None, rate: int) -> Samples:
    """The answer [S, 2, T] with its first sound where the predelay ends."""
    if predelay_ms is None:
        return samples
    first = int(np.argmax(np.abs(samples).max(axis=(0, 1)) > 0))
    n_before = round(predelay_ms * rate / 1000)
    return np.pad(samples[..., first:], ((0, 0), (0, 0), (n_before, 0)))


def _checked(n_channels: int, name: str) -> int:
    if n_channels > 2:
        raise AudioError(f"{name} has {n_channels} channels: fold it down to stereo or mono first")
    return n_channels


def _clipping(writer: AudioWriter) -> tuple[Finding, ...]:
    if not writer.n_clipped:
        return ()
    peak_db = 20 * np.log10(writer.peak)
    message = (
        f"{writer.path.name} clips: {writer.n_clipped} samples beyond full scale, peak {peak_db:+.1f} dBFS:"
        " --bit-depth 32f keeps everything, or turn --wet down"
    )
    return (Finding("output-clipped", "warning", message),)
