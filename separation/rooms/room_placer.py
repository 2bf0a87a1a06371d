"""`RoomPlacer`: recordings into a room, from files to files, one after the other."""

from __future__ import annotations

import time
from typing import Any

from mixassist.audio.files import probe_audio
from mixassist.runtime.artifact import file_sha256
from separation.job_report import file_sizes, same_run, write_report
from separation.removal import OnSeconds, require_channels
from separation.rooms.answer import Answer, find_answer, find_room
from separation.rooms.options import RespaceOptions
from separation.rooms.placed_file import PlacedFile, RespaceJob
from separation.rooms.report import RespaceReport
from separation.rooms.room import Room


class RoomPlacer:
    """Places one recording after the other into a room, which is made once for all of the same rate and channels."""

    def __init__(self, options: RespaceOptions, room: Room | None = None) -> None:
        self.options = options
        self._room = room
        self._answers: dict[tuple[int, int], Answer] = {}

    def settings(self) -> dict[str, Any]:
        """Every choice that decides the output, and the room itself.

        Raises:
            OptionError: when no such room is known.
            AudioError: when the impulse response cannot be read.
        """
        found = find_room(self.options, self._room)
        if isinstance(found, Room):
            return {**self.options.to_dict(), "made": found.to_dict()}
        probe_audio(found)
        return {**self.options.to_dict(), "response_sha256": file_sha256(found)}

    def run(self, job: RespaceJob, on_seconds: OnSeconds = lambda done_s: None) -> RespaceReport:
        """What became of the job's recording; its files appear when they are complete, the report last.

        Raises:
            AudioError: when a file cannot be read or written, the recording has more than two channels, or the impulse
                response cannot be used.
            OptionError: when no such room is known.
        """
        info = probe_audio(job.recording)
        require_channels(job.recording.name, info.n_channels)
        begin = time.perf_counter()
        sha256 = file_sha256(job.recording)
        earlier = same_run(job, RespaceReport)
        answer = self._answer(info.rate, info.n_channels)
        written = PlacedFile(job, info, self.options, answer, on_seconds, earlier is not None).write()
        elapsed_s = time.perf_counter() - begin
        first, level_db = answer.first_frame(), answer.level_db()
        report = RespaceReport(
            recording=job.recording.name,
            input_sha256=sha256,
            settings=dict(job.settings),
            seconds=round(elapsed_s, 3),
            times_real_time=round(info.seconds / elapsed_s, 1),
            files=file_sizes(job, earlier),
            findings=written.findings,
            song=str(job.recording),
            output=str(job.output),
            room=answer.name,
            rt60_s=answer.rt60_s,
            room_db=None if level_db is None else round(level_db, 2),
            predelay_ms=None if first is None else round(1000 * first / info.rate, 2),
            tail_s=written.n_tail / info.rate,
            gain_db=round(written.gain_db, 2),
            peak_db=None if written.peak_db is None else round(written.peak_db, 2),
        )
        if job.report is not None:
            write_report(job.report, report)
        return report

    def _answer(self, rate: int, n_channels: int) -> Answer:
        if (rate, n_channels) not in self._answers:
            self._answers[rate, n_channels] = find_answer(self.options, rate, n_channels, self._room)
        return self._answers[rate, n_channels]
