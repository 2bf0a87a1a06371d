"""`RemovalReport`: what was taken from a recording."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from separation.job_report import JobReport


@dataclass(frozen=True)
class RemovalReport(JobReport):
    """One recording's removal.

    `taken_db` is the level of what was taken re the recording, None where that is nothing; `measured` is what the
    feature heard in the recording and in what was kept.
    """

    sample_rate: int
    n_channels: int
    frames: int
    taken_db: float | None
    measured: Mapping[str, Any]
    peak_memory_mb: float | None
