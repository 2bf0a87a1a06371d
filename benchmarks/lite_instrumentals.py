"""What the embedded separators hear where nobody sings, and what they make of silence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.quality import all_methods, song_folders
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist import read_audio
from separation.lite_scores import read_stems
from separation.songs import STEMS

Floats = NDArray[np.float32]

HELD_OUT = "sodium"
"""The song with stems that the shipped networks were chosen by and did not learn from."""

VOCALS = STEMS.index("vocals")
EXCERPT_S = slice(30, 90)
"""Where songs of several minutes are listened to."""

INSTRUMENTALS = ("vibe-ace.ogg", "outfoxing.mp3")
"""Finished songs without singing."""

LEFT_OUT = {"band songs, vocals left out": ("eval", None), "CC0 songs, vocals left out": ("train", EXCERPT_S)}
"""Groups of songs with stems: their folder and the part that is listened to."""

BOUNDS = ("mixture", "oracle ratio mask")
"""Methods that have nothing to show here."""


def instrumental(bench: Bench) -> Section:
    """Level of the vocals stem, relative to the mix, where nobody sings; and what is made of silence."""
    methods = {name: method for name, method in all_methods().items() if name not in BOUNDS}
    levels: dict[str, list[list[float]]] = {}
    for group, stems, rate in instrumentals(bench):
        figures = [vocals_db(method(stems, rate)) for method in methods.values()]
        levels.setdefault(group, []).append(figures)
    rows = [_level_row(group, figures) for group, figures in levels.items()]
    rows += [_level_row("all", [figure for group in levels.values() for figure in group])]
    silence = np.zeros((len(STEMS), 2, 10 * 44100), np.float32)
    peaks = [peak_dbfs(method(silence, 44100)) for method in methods.values()]
    rows += [("silence: highest sample, dBFS", "1", *(cell for peak in peaks for cell in (f"{peak:.0f}", "")))]
    columns = [f"{name}, {what}" for name in methods for what in ("median", "highest")]
    return Section(
        "lite on instrumentals",
        "python -m benchmarks --only lite-instrumental",
        ("songs", "n", *columns),
        rows,
        "Level (rms) of the vocals stem relative to the mix, dB: the median over songs, and the song in which most is"
        f" heard. CC0 songs: seconds {EXCERPT_S.start} to {EXCERPT_S.stop} of those in separation/train, from which the"
        f" networks learned except {HELD_OUT}.",
    )


def instrumentals(bench: Bench) -> Iterator[tuple[str, Floats, int]]:
    """Songs in which nobody sings, by group: their stems [S, C, T] and their rate; finished songs are other."""
    n_songs = 1 if bench.is_quick else None
    for group, (name, excerpt_s) in LEFT_OUT.items():
        for song in song_folders(bench.data / "separation" / name)[:n_songs]:
            stems, rate = read_stems(song)
            if excerpt_s is not None:
                stems = stems[..., excerpt_s.start * rate : excerpt_s.stop * rate]
            stems[VOCALS] = 0
            yield group, stems, rate
    for path in [bench.data / "songs" / name for name in INSTRUMENTALS][:n_songs]:
        if path.is_file():
            finished = read_audio(path)
            stems = np.zeros((len(STEMS), *finished.samples.shape), np.float32)
            stems[STEMS.index("other")] = finished.samples
            yield "finished instrumentals", stems, finished.rate


def vocals_db(stems: Floats) -> float:
    """Level of the vocals of stems [S, C, T] relative to their sum, in dB; -inf where they are silent."""
    vocals, mix = stems[VOCALS].astype(np.float64), stems.sum(axis=0, dtype=np.float64)
    with np.errstate(divide="ignore"):
        return 10 * float(np.log10(np.mean(vocals**2) / np.mean(mix**2)))


def peak_dbfs(samples: Floats) -> float:
    with np.errstate(divide="ignore"):
        return 20 * float(np.log10(np.abs(samples).max()))


def _level_row(group: str, levels_db: Sequence[Sequence[float]]) -> tuple[str, ...]:
    """Median and highest level of each method over songs, [N songs][methods]."""
    by_method = np.array(levels_db).T
    figures = [f"{figure:.1f}" for levels in by_method for figure in (np.median(levels), levels.max())]
    return group, str(len(levels_db)), *figures


SECTIONS: dict[str, Callable[[Bench], Section]] = {"lite-instrumental": instrumental}
