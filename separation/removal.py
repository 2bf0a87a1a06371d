"""The frame of all that takes something away from a recording: the room, the noise.

Task: lead a recording through a stream that finds what is to be taken, from buffer to buffers or from file to files.

Conventions: kept = recording - strength * found; what is called taken is what really went, recording - kept. At
strength 0 the recording itself is kept, bit for bit. With integer files as deep as the recording the kept part is
rounded first, and the taken one lies on the same grid: the files sum to the recording bit for bit. With float files
their sum is off by the rounding of the larger of them at most. Memory does not grow with length.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.checks import AudioChecker
from mixassist.audio.files import probe_audio, read_blocks
from mixassist.audio.info import AudioInfo
from mixassist.audio.writer import AudioWriter, BitDepth, encoding_like
from mixassist.errors import AudioError
from mixassist.runtime.artifact import file_sha256
from mixassist.runtime.memory import peak_memory_mb
from separation.job_report import file_sizes, forget_earlier, same_run, write_report
from separation.removal_picture import Panel, RemovalPicture
from separation.removal_report import RemovalReport
from separation.waiting_sound import WaitingSound

Floats = NDArray[np.float32]
OnSeconds = Callable[[float], None]

MAX_CHANNELS = 2
ROUNDING_DB = -150.0
"""What is taken below this, against the recording, is rounding, and nothing."""


class RemovalStream(Protocol):
    """Sound in, what is to be taken from it out, in blocks [C, n] of any n; both lie beside each other."""

    @property
    def latency_samples(self) -> int:
        """How much later than its sound something comes, at most, beyond the block it is in."""

    def process(self, block: Floats) -> Floats:
        """What is ready by now [C, m], following what earlier calls gave; m may be 0."""

    def finish(self) -> Floats:
        """The rest: with it, there is as much as there was sound."""


@dataclass(frozen=True)
class Removed:
    """A recording without something, and that something: they sum to the recording."""

    kept: AudioBuffer
    taken: AudioBuffer

    def to_dict(self) -> dict[str, Any]:
        return {"rate": self.kept.rate, "n_channels": self.kept.n_channels, "frames": self.kept.n_frames}


@dataclass(frozen=True)
class RemovalJob:
    """A file, and where what is kept of it goes.

    Attributes:
        recording: the file to work on.
        kept: the file to write.
        taken: the file for what was taken; None where it is not wanted.
        report: the file for the report, by which a finished job is known again; None where none is wanted.
        picture: the PNG to draw; None where none is wanted.
        strength: share of what is found that is taken, 0 to 1.
        bit_depth: of the files; None follows the recording (24 where it is lossy).
        settings: every choice that decides the output, as plain JSON.
    """

    recording: Path
    kept: Path
    taken: Path | None = None
    report: Path | None = None
    picture: Path | None = None
    strength: float = 1.0
    bit_depth: BitDepth | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outputs(self) -> tuple[Path, ...]:
        """The sounds that will be written."""
        return (self.kept,) if self.taken is None else (self.kept, self.taken)

    @property
    def files(self) -> tuple[Path, ...]:
        """All that the report tells of: the sounds and the picture."""
        return self.outputs if self.picture is None else (*self.outputs, self.picture)


@dataclass(frozen=True)
class Removal:
    """What a feature does with one recording.

    Attributes:
        stream: finds what is to be taken.
        watch: hears each block of the recording and what is kept of it, [C, n] both.
        measured: what `watch` heard, as plain JSON, asked for when all is written.
        panel: draws what `watch` heard, beside the spectrograms of a picture.
    """

    stream: RemovalStream
    watch: Callable[[Floats, Floats], None] = lambda sound, kept: None
    measured: Callable[[], Mapping[str, Any]] = dict
    panel: Panel | None = None


def remove(recording: AudioBuffer, stream: RemovalStream, strength: float) -> Removed:
    """The recording without `strength` of what the stream finds in it.

    Raises:
        AudioError: when it has more than two channels.
    """
    require_channels("the recording", recording.n_channels)
    kept = np.concatenate([kept for _, kept in kept_beside([recording.samples], stream, strength)], axis=1)
    return Removed(AudioBuffer(kept, recording.rate), AudioBuffer(recording.samples - kept, recording.rate))


def remove_from_file(
    job: RemovalJob, open_removal: Callable[[AudioInfo], Removal], on_seconds: OnSeconds = lambda done_s: None
) -> RemovalReport:
    """What became of the job's recording; its files are written, the report last.

    Raises:
        AudioError: when it cannot be read, has more than two channels, or the files cannot be written; nothing is left
            under a final name then.
    """
    info = probe_audio(job.recording)
    require_channels(job.recording.name, info.n_channels)
    begin = time.perf_counter()
    sha256 = file_sha256(job.recording)
    earlier = same_run(job, RemovalReport)
    removal = open_removal(info)
    written = _write_parts(job, info, removal, on_seconds, earlier is not None)
    elapsed_s = time.perf_counter() - begin
    report = RemovalReport(
        recording=job.recording.name,
        input_sha256=sha256,
        settings=dict(job.settings),
        sample_rate=info.rate,
        n_channels=info.n_channels,
        frames=written.n_frames,
        taken_db=written.taken_db,
        measured=dict(removal.measured()),
        seconds=round(elapsed_s, 3),
        times_real_time=round(written.n_frames / info.rate / elapsed_s, 2),
        peak_memory_mb=peak_memory_mb(),
        files=file_sizes(job, earlier),
        findings=written.checker.findings(),
    )
    if job.report is not None:
        write_report(job.report, report)
    return report


def kept_beside(blocks: Iterable[Floats], stream: RemovalStream, strength: float) -> Iterator[tuple[Floats, Floats]]:
    """Yields (sound [C, n], what is kept of it) until the sound ends."""
    sound = WaitingSound()

    def found() -> Iterator[Floats]:
        for block in blocks:
            sound.push(block)
            yield stream.process(block)
        yield stream.finish()

    for part in found():
        if part.shape[1]:
            heard = sound.beside(part)
            yield heard, heard - np.float32(strength) * part


def require_channels(name: str, n_channels: int) -> None:
    """Nothing for mono and stereo.

    Raises:
        AudioError: for more channels.
    """
    if n_channels > MAX_CHANNELS:
        raise AudioError(f"{name} has {n_channels} channels: fold it down to stereo or mono first")


class _Written:
    """Counts what goes into the files."""

    def __init__(self, info: AudioInfo) -> None:
        self.checker = AudioChecker(info.rate, info.n_channels)
        self.n_frames = 0
        self._energies = np.zeros(2)

    @property
    def taken_db(self) -> float | None:
        """Level of what was taken re the recording; None where one of them is silent, or no more than rounding."""
        taken, whole = self._energies
        return round(10 * math.log10(taken / whole), 2) if taken > whole * 10 ** (ROUNDING_DB / 10) else None

    def update(self, sound: Floats, kept: Floats) -> None:
        self.checker.update(sound)
        self.n_frames += sound.shape[1]
        self._energies += _energy(sound - kept), _energy(sound)


def _write_parts(job: RemovalJob, info: AudioInfo, removal: Removal, on_seconds: OnSeconds, is_again: bool) -> _Written:
    written = _Written(info)
    picture = None if job.picture is None else RemovalPicture(info.rate)
    encoding = encoding_like(info, "wav", job.bit_depth)
    with ExitStack() as stack:
        files = [
            stack.enter_context(AudioWriter(path, info.rate, info.n_channels, encoding, seed))
            for seed, path in enumerate(job.outputs)
        ]
        for sound, kept in kept_beside(read_blocks(job.recording), removal.stream, job.strength):
            taken = sound - files[0].write(kept)
            for file in files[1:]:
                file.write(taken)
            written.update(sound, kept)
            removal.watch(sound, kept)
            if picture is not None:
                picture.watch(sound, kept)
            on_seconds(written.n_frames / info.rate)
        for file in files:
            file.finish()
        if picture is not None and job.picture is not None:
            picture.write(job.picture, removal.panel)
        forget_earlier(job, RemovalReport, is_again)
    return written


def _energy(samples: Floats) -> float:
    return float(np.sum(np.square(samples, dtype=np.float64)))
