"""A recording placed into a room, from file to file, with headroom where the output needs it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.checks import AudioChecker
from mixassist.audio.files import probe_audio, read_blocks
from mixassist.audio.info import AudioInfo
from mixassist.audio.writer import AudioWriter, Encoding
from mixassist.errors import Finding
from separation.removal import require_channels
from separation.rooms.answer import Answer, find_answer
from separation.rooms.options import RespaceOptions
from separation.rooms.picture import RoomPicture
from separation.rooms.placing import place
from separation.rooms.report import RespaceReport
from separation.rooms.room import Room

CEILING_DB = -1.0
"""Where the peak lies of what had to be turned down."""

OnProgress = Callable[[float], None]


@dataclass(frozen=True)
class RespaceJob:
    """A recording, the files that are to be made from it, and a room that stands in for that of the options."""

    recording: Path
    output: Path
    picture: Path | None = None
    room: Room | None = None

    @property
    def outputs(self) -> tuple[Path, ...]:
        """The files that it writes."""
        return (self.output,) if self.picture is None else (self.output, self.picture)


def respace_file(job: RespaceJob, options: RespaceOptions, on_progress: OnProgress = lambda _: None) -> RespaceReport:
    """What became of the job's recording; its files appear when they are complete.

    Raises:
        AudioError: when a file cannot be read or written, the recording has more than two channels, or the impulse
            response cannot be used.
        OptionError: when no such room is known.
    """
    info = probe_audio(job.recording)
    require_channels(job.recording.name, info.n_channels)
    begin = time.perf_counter()
    answer = find_answer(options, info.rate, info.n_channels, job.room)
    placing = _Placing(job, info, options, answer, on_progress)
    gain_db = options.gain_db or 0.0
    try:
        written = placing.write(gain_db, may_clip=options.gain_db is not None)
    except _TooLoudError as error:
        gain_db = CEILING_DB - error.peak_db
        written = placing.write(gain_db, may_clip=True)
    elapsed_s = time.perf_counter() - begin
    first, level_db = answer.first_frame(), answer.level_db()
    return RespaceReport(
        song=str(job.recording),
        output=str(job.output),
        room=answer.name,
        rt60_s=answer.rt60_s,
        room_db=None if level_db is None else round(level_db, 2),
        predelay_ms=None if first is None else round(1000 * first / info.rate, 2),
        tail_s=answer.samples.shape[-1] / info.rate,
        gain_db=round(gain_db, 2),
        peak_db=None if written.peak_db is None else round(written.peak_db, 2),
        seconds=round(elapsed_s, 3),
        times_real_time=round(info.seconds / elapsed_s, 1),
        files=tuple(path.name for path in job.outputs),
        findings=(*written.heard, *answer.findings, *_level_findings(placing, gain_db, written)),
    )


@dataclass(frozen=True)
class _Written:
    """What went into a file: its peak re full scale, samples beyond it that were lost, and what was heard before."""

    peak_db: float | None
    n_clipped: int
    heard: tuple[Finding, ...]


class _TooLoudError(Exception):
    """The file cannot hold what comes: its highest sample lies at `peak_db` re full scale."""

    def __init__(self, peak_db: float) -> None:
        super().__init__(peak_db)
        self.peak_db = peak_db


@dataclass(frozen=True)
class _Placing:
    """Everything that stays the same when a file is written a second time, softer."""

    job: RespaceJob
    info: AudioInfo
    options: RespaceOptions
    answer: Answer
    on_progress: OnProgress

    @property
    def encoding(self) -> Encoding:
        return self.options.encoding_for(self.info)

    @property
    def holds_any_level(self) -> bool:
        return (self.encoding.container, self.encoding.bit_depth) == ("wav", "32f")

    @property
    def words_for_any_level(self) -> str:
        """What to pass for a file that does."""
        return "--bit-depth 32f" if self.encoding.container == "wav" else "--format wav --bit-depth 32f"

    def write(self, gain_db: float, may_clip: bool) -> _Written:
        """Writes the files.

        Raises:
            _TooLoudError: when the output would clip and must not; no file is there then.
        """
        checker = AudioChecker(self.info.rate, self.info.n_channels)
        picture = RoomPicture(self.answer, self.info.rate) if self.job.picture else None
        n_channels = 2 if self.answer.has_room else self.info.n_channels
        gain = np.float32(10 ** (gain_db / 20))
        with AudioWriter(self.job.output, self.info.rate, n_channels, self.encoding) as writer:
            for dry, wet in place(self._checked(checker), self.answer):
                writer.write(gain * (dry + wet))
                if picture is not None:
                    picture.watch(gain * dry, gain * wet)
                self.on_progress(min(writer.n_frames / self.info.n_frames, 1.0))
            peak_db = 20 * math.log10(writer.peak) if writer.peak else None
            if writer.peak > 1 and not may_clip and not self.holds_any_level:
                raise _TooLoudError(20 * math.log10(writer.peak))
            if picture is not None and self.job.picture is not None:
                picture.write(self.job.picture)
        return _Written(peak_db, writer.n_clipped, checker.findings())

    def _checked(self, checker: AudioChecker) -> Iterator[Samples]:
        for block in read_blocks(self.job.recording):
            checker.update(block)
            yield block


def _level_findings(placing: _Placing, gain_db: float, written: _Written) -> tuple[Finding, ...]:
    name, peak_db = placing.job.output.name, written.peak_db or 0.0
    if placing.options.gain_db is None and gain_db != 0:
        message = (
            f"{name} is turned down by {-gain_db:.1f} dB, recording and room alike, or it would clip:"
            f" {placing.words_for_any_level} keeps the level, --gain {gain_db:.1f} gives other files of the same mix"
            " the same"
        )
        return (Finding("turned-down", "info", message),)
    if peak_db <= 0:
        return ()
    if placing.holds_any_level:
        message = f"{name} peaks at {peak_db:+.1f} dBFS, which floats hold: turn it down before it becomes integers"
        return (Finding("over-full-scale", "info", message),)
    message = (
        f"{name} clips, {written.n_clipped} samples lie beyond full scale and the peak at {peak_db:+.1f} dBFS:"
        f" leave --gain away, or pass {placing.words_for_any_level}"
    )
    return (Finding("output-clipped", "warning", message),)
