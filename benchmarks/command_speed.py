"""Whole commands on songs of several lengths: seconds, × real time, peak memory."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.material import hour_at_8_khz, song_of
from benchmarks.measure import run_process
from benchmarks.separation import Bench

MINUTES = (1, 10)
COLUMNS = ["song", "s", "× real time", "peak memory, MB"]


def command_rows(bench: Bench, words: Sequence[str]) -> list[tuple[str, ...]]:
    """The command and options `words` with a song put between them, on songs in stereo and an hour in mono."""
    songs: list[tuple[str, float, Path]] = []
    for minutes in (0.1,) if bench.is_quick else MINUTES:
        songs.append((f"{minutes:g} min, stereo, 44.1 kHz", minutes, song_of(minutes, bench.folder)))
    if not bench.is_quick:
        songs.append(("60 min, mono, 8 kHz", 60, hour_at_8_khz(bench.folder)))
    command, *options = words
    rows: list[tuple[str, ...]] = []
    for name, minutes, song in songs:
        with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
            run = run_process([sys.executable, "-m", "cli.app", command, str(song), *options, "-o", folder])
        rows.append((name, f"{run.seconds:.1f}", f"{60 * minutes / run.seconds:.1f}", f"{run.peak_mb:.0f}"))
    return rows
