"""Whole processes, timed from outside: seconds and peak memory, alone or in pairs."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

Command = Sequence[str]


@dataclass(frozen=True)
class Run:
    """One finished process: wall time, processor time of it and its children, and the peak memory of the largest."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def run_process(command: Command, environment: dict[str, str] | None = None) -> Run:
    """Runs `command` to its end.

    Raises:
        subprocess.CalledProcessError: when it fails; its output is printed first.
    """
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env={**os.environ, **(environment or {})}
    )
    assert process.stdout is not None
    output = process.stdout.read()
    # wait4 tells the usage of this one child, where RUSAGE_CHILDREN keeps the largest of all so far.
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        print(output)
        raise subprocess.CalledProcessError(process.returncode, command)
    seconds = time.perf_counter() - begin
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6)


@dataclass(frozen=True)
class Paired:
    """Two commands run in turn: the medians of each, and the median of the ratios pair by pair (second / first)."""

    first: Run
    second: Run
    ratio: float


def run_paired(first: Command, second: Command, n_pairs: int) -> Paired:
    """Runs both commands `n_pairs` times, one after the other, so that a drifting machine slows both."""
    pairs = [(run_process(first), run_process(second)) for _ in range(n_pairs)]
    ratios = [b.seconds / a.seconds for a, b in pairs]
    return Paired(_median([a for a, _ in pairs]), _median([b for _, b in pairs]), median(ratios))


def _median(runs: Sequence[Run]) -> Run:
    return Run(
        median(run.seconds for run in runs),
        median(run.cpu_seconds for run in runs),
        median(run.peak_mb for run in runs),
    )
