"""What a training run says beside its state (`mixassist.runtime.run_state`): its log, and the facts for its card."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

LOG = "log.csv"
CURE = "train with --run {run} first"
"""What to do where a run has no state yet."""


@dataclass(frozen=True)
class RunFacts:
    """What a card says about a run."""

    n_steps: int
    minutes: float
    held_out: str
    n_parameters: int
    machine: str = ""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def append_log(run: Path, row: Mapping[str, Any]) -> None:
    """Adds a row to the run's table, with a header before the first."""
    path = run / LOG
    if not path.exists():
        path.write_text(",".join(row) + "\n", encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.write(",".join(str(value) for value in row.values()) + "\n")


def machine_line(n_threads: int) -> str:
    """The kind of machine in words: threads used and processor family, no names."""
    cpuinfo = Path("/proc/cpuinfo")
    has_matrix_unit = cpuinfo.is_file() and "amx_bf16" in cpuinfo.read_text(encoding="utf-8")
    threads = "one thread" if n_threads == 1 else f"{n_threads} threads"
    return f"{threads} of an {platform.machine()} CPU{' with bfloat16 matrix units' if has_matrix_unit else ''}"
