"""`RespaceReport`: what was placed into which room, and what is to be known about the result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from separation.job_report import JobReport


@dataclass(frozen=True)
class RespaceReport(JobReport):
    """One recording in a room.

    Attributes:
        song: the recording as it was named, and `output` the file that was written.
        room: its name, or the file it is from.
        rt60_s: times asked of a synthesised room, octave by octave from 63 Hz; None for one from a file.
        room_db: energy of the room against the recording, as a click would hear it; None where there is none.
        predelay_ms: when the room is first heard.
        tail_s: how much longer the output is.
        gain_db: how much recording and room were turned up or down together.
        peak_db: highest sample of the output re full scale; None where all is silent.
    """

    song: str
    output: str
    room: str
    rt60_s: Sequence[float] | None
    room_db: float | None
    predelay_ms: float | None
    tail_s: float
    gain_db: float
    peak_db: float | None
