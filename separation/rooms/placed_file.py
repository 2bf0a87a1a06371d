"""`PlacedFile`: a recording placed into a room, from file to file, with headroom where the output needs it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.audio.checks import AudioChecker
from mixassist.audio.files import read_blocks
from mixassist.audio.info import AudioInfo
from mixassist.audio.writer import AudioWriter, Encoding
from mixassist.errors import Finding
from separation.job_report import forget_earlier
from separation.removal import OnSeconds
from separation.rooms.answer import Answer
from separation.rooms.options import RespaceOptions
from separation.rooms.picture import RoomPicture
from separation.rooms.placing import place
from separation.rooms.report import RespaceReport

CEILING_DB = -1.0
"""Where the peak lies of what had to be turned down."""


@dataclass(frozen=True)
class RespaceJob:
    """A recording, and the files that are to be made from it.

    Attributes:
        recording: the file to work on.
        output: the file to write.
        report: the file for the report, by which a finished job is known again; None where none is wanted.
        picture: the PNG to draw; None where none is wanted.
        settings: every choice that decides the output, as plain JSON.
    """

    recording: Path
    output: Path
    report: Path | None = None
    picture: Path | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def outputs(self) -> tuple[Path, ...]:
        """The sound that will be written."""
        return (self.output,)

    @property
    def files(self) -> tuple[Path, ...]:
        """All that the report tells of: the sound and the picture."""
        return self.outputs if self.picture is None else (*self.outputs, self.picture)


@dataclass(frozen=True)
class Written:
    """What went into a file: how much it was turned up, its peak re full scale, frames of tail, findings."""

    gain_db: float
    peak_db: float | None
    n_tail: int
    findings: tuple[Finding, ...]


class _TooLoudError(Exception):
    """The file cannot hold what comes: its highest sample lies at `peak_db` re full scale."""

    def __init__(self, peak_db: float) -> None:
        super().__init__(peak_db)
        self.peak_db = peak_db


@dataclass(frozen=True)
class PlacedFile:
    """Everything that stays the same when a file is written a second time, softer."""

    job: RespaceJob
    info: AudioInfo
    options: RespaceOptions
    answer: Answer
    on_seconds: OnSeconds
    is_again: bool

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

    def write(self) -> Written:
        """Writes the files; a second time, softer, where they would clip and may not.

        Raises:
            AudioError: when a file cannot be read or written.
        """
        try:
            return self._write(self.options.gain_db or 0.0, may_clip=self.options.gain_db is not None)
        except _TooLoudError as error:
            return self._write(CEILING_DB - error.peak_db, may_clip=True)

    def _write(self, gain_db: float, may_clip: bool) -> Written:
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
                self.on_seconds(min(writer.n_frames / self.info.rate, self.info.seconds))
            peak_db = 20 * math.log10(writer.peak) if writer.peak else None
            if writer.peak > 1 and not may_clip and not self.holds_any_level:
                raise _TooLoudError(20 * math.log10(writer.peak))
            if picture is not None and self.job.picture is not None:
                picture.write(self.job.picture)
            forget_earlier(self.job, RespaceReport, self.is_again)
        findings = (
            *checker.findings(),
            *self.answer.findings,
            *self._level_findings(gain_db, peak_db, writer.n_clipped),
        )
        return Written(gain_db, peak_db, writer.n_frames - checker.n_frames, findings)

    def _checked(self, checker: AudioChecker) -> Iterator[Samples]:
        for block in read_blocks(self.job.recording):
            checker.update(block)
            yield block

    def _level_findings(self, gain_db: float, peak_db: float | None, n_clipped: int) -> tuple[Finding, ...]:
        name = self.job.output.name
        if self.options.gain_db is None and gain_db != 0:
            message = (
                f"{name} is turned down by {-gain_db:.1f} dB, recording and room alike, or it would clip:"
                f" {self.words_for_any_level} keeps the level, --gain {gain_db:.1f} gives other files of the same mix"
                " the same"
            )
            return (Finding("turned-down", "info", message),)
        if peak_db is None or peak_db <= 0:
            return ()
        if self.holds_any_level:
            message = f"{name} peaks at {peak_db:+.1f} dBFS, which floats hold: turn it down before it becomes integers"
            return (Finding("over-full-scale", "info", message),)
        message = (
            f"{name} clips, {n_clipped} samples lie beyond full scale and the peak at {peak_db:+.1f} dBFS:"
            f" leave --gain away, or pass {self.words_for_any_level}"
        )
        return (Finding("output-clipped", "warning", message),)
