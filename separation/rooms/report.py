"""`RespaceReport`: what was placed into which room, and what is to be known about the result."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mixassist.errors import Finding


@dataclass(frozen=True)
class RespaceReport:
    """One recording in a room.

    Attributes:
        song: the recording, and `output` the file that was written.
        room: its name, or the file it is from.
        rt60_s: times asked of a synthesised room, octave by octave from 63 Hz; None for one from a file.
        room_db: energy of the room against the recording, as a click would hear it; None where there is none.
        predelay_ms: when the room is first heard.
        tail_s: how much longer the output is.
        gain_db: how much recording and room were turned up or down together.
        peak_db: highest sample of the output re full scale; None where all is silent.
        seconds: of work, reading and writing included, and `times_real_time`.
        files: what was written, names alone.
    """

    song: str
    output: str
    room: str
    rt60_s: tuple[float, ...] | None
    room_db: float | None
    predelay_ms: float | None
    tail_s: float
    gain_db: float
    peak_db: float | None
    seconds: float
    times_real_time: float
    files: tuple[str, ...]
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
