"""`DereverbReport`: what was taken from a recording."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from mixassist.errors import Finding


@dataclass(frozen=True)
class DereverbReport:
    """One recording's dereverberation; `tail_db` is the tail's level re the recording, None where there is none.

    `files` are the names of what was written; `times_real_time` includes reading and writing.
    """

    recording: str
    method: str
    strength: float
    keep_early_ms: float
    sample_rate: int
    n_channels: int
    frames: int
    tail_db: float | None
    seconds: float
    times_real_time: float
    peak_memory_mb: float | None
    files: tuple[str, ...]
    findings: tuple[Finding, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)
