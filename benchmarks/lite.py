"""The embedded separators: how well they separate songs whose stems are known, and how fast they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from benchmarks.material import song_of
from benchmarks.measure import run_median, run_process
from benchmarks.quality import BLIND, Scores, all_methods, per_stem_median, score_songs, song_folders
from benchmarks.results import Section
from benchmarks.separation import Bench, our_command
from separation.catalogue import embedded_names
from separation.songs import STEMS


def quality(bench: Bench) -> Section:
    """Medians of all methods over the band songs, then what the embedded models make of each."""
    methods = all_methods()
    folders = song_folders(bench.data / "separation" / "eval")[: 1 if bench.is_quick else None]
    scores = score_songs(folders, methods)
    rows = [
        (f"median of {len(folders)}", *row) for row in _rows({name: per_stem_median(s) for name, s in scores.items()})
    ]
    for index, folder in enumerate(folders):
        rows += [(folder.name, *row) for row in _rows({name: scores[name][index] for name in embedded_names()})]
    return Section(
        "lite on band songs",
        "python -m benchmarks --only lite",
        ("songs", "method", *STEMS),
        rows,
        "Median SDR over 1-s frames (museval's convention), dB. The band songs are MedleyDB's MusicDelta excerpts:"
        " mono, 6 min in all, one for each genre; nothing was trained on them or chosen by them. Their figure is the"
        f" median over songs. {BLIND} is `benchmarks.blind_separation`; the oracle ratio mask is that of the true"
        " stems, frames of 4096.",
    )


def speed(bench: Bench) -> Section:
    """The command on a whole song with each embedded model."""
    minutes = 0.1 if bench.is_quick else 4.0
    song = song_of(minutes, bench.folder)
    rows = []
    for model in embedded_names():
        run_process(our_command(bench, song_of(0.1, bench.folder), model))  # finds the engine, once per machine
        run = run_median(our_command(bench, song, model), 1 if bench.is_quick else 3)
        times = f"{run.seconds:.1f}", f"{minutes * 60 / run.seconds:.1f}"
        rows.append((model, f"{minutes:g} min", *times, f"{run.peak_mb:.0f}"))
    return Section(
        "lite: speed",
        "python -m benchmarks --only lite-speed",
        ("model", "song", "s", "× real time", "peak memory, MB"),
        rows,
        "`mixassist separate` with engine auto on two threads, a 16-bit stereo WAV to four stems: the process from"
        " start to exit, median of three.",
    )


SECTIONS: dict[str, Callable[[Bench], Section]] = {
    "lite": quality,
    "lite-speed": speed,
}


def _rows(scores: Mapping[str, Scores]) -> list[tuple[str, ...]]:
    return [(name, *("" if np.isnan(db) else f"{db:.2f}" for db in row)) for name, row in scores.items()]
