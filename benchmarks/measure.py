"""Whole processes, timed from outside: seconds and peak memory, alone or in pairs."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

Command = Sequence[str]

POLL_S = 0.02
"""How often a running process is looked at; also how exact its time is."""


@dataclass(frozen=True)
class Run:
    """One finished process: wall time in seconds and peak resident memory in MB (10^6 bytes)."""

    seconds: float
    peak_mb: float


def run_process(command: Command) -> Run:
    """Runs `command` to its end. Its peak memory is read from Linux' /proc while it runs; elsewhere it is 0.

    Raises:
        subprocess.CalledProcessError: when it fails; its output is printed first.
    """
    begin = time.perf_counter()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        peak_kib = 0
        while process.poll() is None:
            peak_kib = _high_water_kib(process.pid) or peak_kib
            time.sleep(POLL_S)
        seconds = time.perf_counter() - begin
        if process.returncode:
            output.seek(0)
            print(output.read())
            raise subprocess.CalledProcessError(process.returncode, command)
    return Run(seconds, peak_kib * 1024 / 1e6)


def _high_water_kib(process_id: int) -> int:
    """The high-water mark of a process's resident memory; 0 where there is none to read.

    The system's own account of a finished child, ru_maxrss, would count the memory of the parent that forked it.
    """
    try:
        lines = Path(f"/proc/{process_id}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def run_median(command: Command, n_runs: int) -> Run:
    """The run of the median time of `n_runs`."""
    runs = sorted((run_process(command) for _ in range(n_runs)), key=lambda run: run.seconds)
    return runs[n_runs // 2]


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
    return Run(median(run.seconds for run in runs), median(run.peak_mb for run in runs))
