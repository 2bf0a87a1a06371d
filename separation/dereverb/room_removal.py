"""The verb of this room: a recording into its dry part and its tail, from buffer to buffers or from file to files.

Conventions: dry = input - strength * tail found; what is called tail here is what was taken away, input - dry. With
integer files the dry part is rounded first, and the tail is taken on the same grid: the files sum to the input bit for
bit. With float files their sum rounds to it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.checks import AudioChecker
from mixassist.audio.files import probe_audio, read_blocks
from mixassist.audio.info import AudioInfo
from mixassist.audio.writer import AudioWriter
from mixassist.errors import AudioError
from mixassist.runtime.memory import peak_memory_mb
from separation.chunks import SongWindow
from separation.dereverb.options import DereverbOptions
from separation.dereverb.report import DereverbReport
from separation.dereverb.stream import RoomStream

Floats = NDArray[np.float32]
OnSeconds = Callable[[float], None]

MAX_CHANNELS = 2


@dataclass(frozen=True)
class Dereverberated:
    """A recording without its tail, and the tail: they sum to the recording."""

    dry: AudioBuffer
    tail: AudioBuffer

    def to_dict(self) -> dict[str, Any]:
        return {"rate": self.dry.rate, "n_channels": self.dry.n_channels, "frames": self.dry.n_frames}


def dereverberate(recording: AudioBuffer, options: DereverbOptions | None = None) -> Dereverberated:
    """The recording without the late part of its room.

    Raises:
        AudioError: when it has more than two channels.
    """
    options = options or DereverbOptions()
    _require_channels("the recording", recording.n_channels)
    stream = RoomStream(recording.rate, recording.n_channels, options)
    dry = np.concatenate([dry for _, dry in _dry_beside([recording.samples], stream, options.strength)], axis=1)
    tail = recording.samples - dry
    return Dereverberated(AudioBuffer(dry, recording.rate), AudioBuffer(tail, recording.rate))


def dereverberate_file(
    path: Path,
    dry_path: Path,
    options: DereverbOptions,
    tail_path: Path | None = None,
    on_seconds: OnSeconds = lambda done_s: None,
) -> DereverbReport:
    """Writes the recording at `path` without its tail to `dry_path`, and the tail to `tail_path` if that is given.

    Raises:
        AudioError: when it cannot be read, has more than two channels, or the files cannot be written; nothing is left
            under a final name then.
    """
    info = probe_audio(path)
    _require_channels(path.name, info.n_channels)
    begin = time.perf_counter()
    checker = AudioChecker(info.rate, info.n_channels)
    energies = np.zeros(2)
    with ExitStack() as files:
        dry_file, *tail_files = [
            files.enter_context(_writer(name, info, options, seed))
            for seed, name in enumerate((dry_path, tail_path))
            if name is not None
        ]
        stream = RoomStream(info.rate, info.n_channels, options)
        for sound, dry in _dry_beside(read_blocks(path), stream, options.strength):
            checker.update(sound)
            tail = sound - dry_file.write(dry)
            for file in tail_files:
                file.write(tail)
            energies += _energy(sound - dry), _energy(sound)
            on_seconds(dry_file.n_frames / info.rate)
        for file in (dry_file, *tail_files):
            file.finish()
    elapsed_s = time.perf_counter() - begin
    return DereverbReport(
        recording=path.name,
        method="wpe",
        strength=options.strength,
        keep_early_ms=options.keep_early_ms,
        sample_rate=info.rate,
        n_channels=info.n_channels,
        frames=dry_file.n_frames,
        tail_db=round(10 * math.log10(energies[0] / energies[1]), 2) if energies.all() else None,
        seconds=round(elapsed_s, 3),
        times_real_time=round(info.seconds / elapsed_s, 2),
        peak_memory_mb=peak_memory_mb(),
        files=tuple(file.path.name for file in (dry_file, *tail_files)),
        findings=checker.findings(),
    )


def _dry_beside(blocks: Iterable[Floats], stream: RoomStream, strength: float) -> Iterator[tuple[Floats, Floats]]:
    """Yields (sound [C, n], the same without its tail) until the sound ends."""
    sound, position = SongWindow(), 0

    def tails() -> Iterator[Floats]:
        for block in blocks:
            sound.push(block)
            yield stream.process(block)
        yield stream.finish()

    for tail in tails():
        if not tail.shape[1]:
            continue
        part = sound.read(position, tail.shape[1])
        position += tail.shape[1]
        sound.forget(position)
        yield part, part - np.float32(strength) * tail


def _writer(path: Path, info: AudioInfo, options: DereverbOptions, seed: int) -> AudioWriter:
    return AudioWriter(path, info.rate, info.n_channels, options.encoding_for(info), seed)


def _energy(samples: Floats) -> float:
    return float(np.sum(np.square(samples, dtype=np.float64)))


def _require_channels(name: str, n_channels: int) -> None:
    if n_channels > MAX_CHANNELS:
        raise AudioError(f"{name} has {n_channels} channels: fold it down to stereo or mono first")
