"""Many songs on the workers of a Ray cluster: songs a minute of one worker and of two, and the memory of each."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.material import song_of
from benchmarks.results import Section
from benchmarks.separation import MIXASSIST, Bench

N_SONGS = 24
MINUTES = 1.0
N_PAIRS = 3


@dataclass(frozen=True)
class Spread:
    """A run: seconds from the first worker's start to the last song, songs a minute, and each worker's peak in MB."""

    seconds: float
    songs_a_minute: float
    peaks_mb: tuple[float, ...]


def cluster(bench: Bench) -> Section:
    """One worker against two, one thread each, in turn."""
    n_songs, minutes, n_pairs = (2, 0.1, 1) if bench.is_quick else (N_SONGS, MINUTES, N_PAIRS)
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": _path_to_ray(bench.folder)}
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        songs = _songs(song_of(minutes, bench.folder), n_songs, Path(folder))
        _spread(songs[:1], 1, environment)  # finds and remembers the engine
        pairs = [(_spread(songs, 1, environment), _spread(songs, 2, environment)) for _ in range(n_pairs)]
    ones, twos = ([pair[index] for pair in pairs] for index in (0, 1))
    ratio = _median([two.songs_a_minute / one.songs_a_minute for one, two in pairs])
    return Section(
        "Songs on a cluster",
        "python -m benchmarks --only cluster",
        ["workers", "s", "songs a minute", "**× one worker**", "peak of each, MB"],
        [_row("1", ones, "1.00"), _row("2", twos, f"{ratio:.2f}")],
        f"`mixassist separate --cluster local --model lite` on one thread for each worker, {n_songs} stereo songs of "
        f"{minutes:g} min to four 16-bit stems on this machine's own disk: from the start of the first worker to the "
        f"last song, medians of {n_pairs} runs in turn and of the ratios pair by pair. The workers' start is in it, "
        "Ray's own is not: it takes some seconds once.",
    )


SECTIONS = {"cluster": cluster}


def _spread(songs: Sequence[Path], n_workers: int, environment: dict[str, str]) -> Spread:
    with tempfile.TemporaryDirectory(dir=songs[0].parent) as output:
        amount = ("--jobs", str(n_workers), "--threads", str(n_workers))
        words = (*MIXASSIST, *map(str, songs), "-o", output, "--model", "lite", "--cluster", "local", *amount, "--json")
        done = subprocess.run(words, env=environment, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(done.stdout)
    workers = told["cluster"]["workers"]
    if len(told["songs"]) != len(songs) or len(workers) != n_workers:
        raise RuntimeError(f"{len(told['songs'])} songs were done by {len(workers)} workers: {done.stderr}")
    seconds = told["cluster"]["seconds"]
    return Spread(seconds, 60 * len(songs) / seconds, tuple(worker["peak_memory_mb"] for worker in workers))


def _songs(song: Path, n_songs: int, folder: Path) -> list[Path]:
    paths = [folder / f"{number:02}.wav" for number in range(n_songs)]
    for path in paths:
        shutil.copyfile(song, path)
    return paths


def _row(n_workers: str, runs: Sequence[Spread], ratio: str) -> tuple[str, ...]:
    peaks = " ".join(f"{max(peaks):.0f}" for peaks in zip(*(run.peaks_mb for run in runs), strict=True))
    seconds, pace = (_median([getattr(run, name) for run in runs]) for name in ("seconds", "songs_a_minute"))
    return n_workers, f"{seconds:.1f}", f"{pace:.2f}", ratio, peaks


def _median(numbers: Sequence[float]) -> float:
    return sorted(numbers)[len(numbers) // 2]


def _path_to_ray(folder: Path) -> str:
    """Where Ray can be imported from, beside what can be anyway: a folder of its own, unless it is installed."""
    elsewhere = os.environ.get("PYTHONPATH", "")
    if importlib.util.find_spec("ray") is not None:
        return elsewhere
    place = folder / "ray"
    if not place.is_dir():
        subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", str(place), "ray>=2.30"], check=True)
    return os.pathsep.join(filter(None, (str(place), elsewhere)))
