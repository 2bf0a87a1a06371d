"""Inspecting songs: how fast, in how much memory, and how well genres are told of artists nobody has heard."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.material import song_of
from benchmarks.measure import Run, run_process
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist.audio.files import probe_audio
from mixassist.suggest.classifier import LinearClassifier
from mixassist.suggest.genre_model import SURE
from mixassist.suggest.gtzan import gtzan_examples, read_gtzan
from mixassist.suggest.inspection import inspect
from mixassist.suggest.learning import Examples, HeldOut, fit_classifier, judge

COMMAND = (sys.executable, "-m", "cli.app", "inspect", "--json")
MINUTES = (1 / 6, 1, 3, 4, 60)
SONGS = ("jonathan-coulton-better.mp3", "joshua-morin-on-the-run.ogg")
LONG_S = 600.0
PENALTIES = (0.05, 0.1, 0.2, 0.4)


def speed(bench: Bench) -> Section:
    """The command from its start to its exit, and the function once everything is loaded."""
    songs = list(_songs(bench))
    inspect(songs[0][1])
    return Section(
        "Inspecting a song",
        "python -m benchmarks --only inspect",
        ("song", "length, s", "command, s", "× real time", "its processor, s", "once loaded, s", "× real time", "MB"),
        [_row(name, path, bench.is_quick) for name, path in songs],
        "`mixassist inspect --json SONG` as a process from start to exit, the seconds of processor it took (which "
        "depend less on who shares the machine), and `inspect(SONG)` in a process that has done so before; medians of "
        "three, of one for songs of ten minutes and more. MB is the command's peak of memory. The demo song, over and "
        "over, is WAV.",
    )


def _row(name: str, path: Path, is_quick: bool) -> tuple[str, ...]:
    """Times and memory of inspecting a song, cold and warm."""
    seconds = probe_audio(path).seconds
    n_runs = 1 if is_quick or seconds >= LONG_S else 3
    cold = [_cold(path) for _ in range(n_runs)]
    cold_s, warm_s = median(run.seconds for run, _ in cold), median(_warm_s(path) for _ in range(n_runs))
    processor_s, peak_mb = median(took for _, took in cold), median(run.peak_mb for run, _ in cold)
    command = (f"{cold_s:.2f}", f"{seconds / cold_s:.0f}", f"{processor_s:.2f}")
    return name, f"{seconds:.0f}", *command, f"{warm_s:.2f}", f"{seconds / warm_s:.0f}", f"{peak_mb:.0f}"


def _cold(path: Path) -> tuple[Run, float]:
    """The command, run once, and the seconds of processor it took."""
    before = os.times()
    run = run_process([*COMMAND, str(path)])
    after = os.times()
    took = after.children_user + after.children_system - before.children_user - before.children_system
    return run, took


def _songs(bench: Bench) -> Iterator[tuple[str, Path]]:
    """What is inspected: the demo song at several lengths, and recordings that are there."""
    for minutes in (0.1,) if bench.is_quick else MINUTES:
        yield "demo song", song_of(minutes, bench.folder)
    recordings = [] if bench.is_quick else [bench.data / "songs" / name for name in SONGS]
    yield from ((path.name, path) for path in recordings if path.is_file())


def _warm_s(path: Path) -> float:
    begin = time.perf_counter()
    inspect(path)
    return time.perf_counter() - begin


def genre(bench: Bench) -> Section:
    """Genres of GTZAN's excerpts, told by classifiers that know other artists, or the same."""
    table = bench.data / "mixing" / "gtzan_features_30s.csv"
    columns = ("classifier", "split", "right", "expected", "log loss", "answers for", "right when it answers")
    if not table.is_file():
        return Section("Telling genres", "python -m benchmarks --only genre", columns, [("no table", *[""] * 6)])
    examples = gtzan_examples(read_gtzan(table))
    mixed = Examples(examples.columns, examples.rows, examples.labels, [str(n) for n in range(len(examples.labels))])
    ways = {
        ("shipped: curves", "artists apart"): fit_classifier(examples, SURE, is_curved=True)[1],
        ("lines, the same penalty", "artists apart"): fit_classifier(examples, SURE)[1],
        ("penalty and curve chosen anew", "artists apart, also in the choice"): _chosen_anew(examples, bench.is_quick),
        ("shipped: curves", "at random, as is often published"): fit_classifier(mixed, SURE, is_curved=True)[1],
    }
    rows = [
        (*way, f"{told.accuracy:.1%}", f"{told.confidence:.1%}", f"{told.log_loss:.3f}", f"{told.answered:.0%}",
         f"{told.accuracy_when_answered:.0%}")
        for way, told in ways.items()
    ]  # fmt: skip
    return Section(
        "Telling genres",
        "python -m benchmarks --only genre",
        columns,
        rows,
        f"{len(examples.labels)} excerpts of 10 genres from the GTZAN feature table, in three folds that share no "
        "artist and hold no repetition. `expected` is the mean probability of the likeliest genre. A split at random "
        "rewards knowing the artist. Who knows nothing gets 10 % right, at a log loss of 2.303.",
    )


def _chosen_anew(examples: Examples, is_quick: bool) -> HeldOut:
    """What comes of choosing on two folds and asking about the third, each in turn."""
    groups, labels = np.array(examples.groups), np.array(examples.labels)
    classes = sorted(set(examples.labels))
    chances = np.zeros((len(labels), len(classes)))
    for fold in sorted(set(examples.groups)):
        is_known = groups != fold
        known = Examples(
            examples.columns, examples.rows[is_known], labels[is_known].tolist(), groups[is_known].tolist()
        )
        chances[~is_known] = _best(known, PENALTIES[:1] if is_quick else PENALTIES).probabilities(
            examples.rows[~is_known]
        )
    return judge(chances, np.searchsorted(classes, labels), SURE, len(set(examples.groups)))


def _best(known: Examples, penalties: tuple[float, ...]) -> LinearClassifier:
    """The classifier with the least log loss on folds that were held out of the known ones."""
    tried = [
        fit_classifier(known, SURE, penalty, is_curved) for penalty, is_curved in product(penalties, (False, True))
    ]
    return min(tried, key=lambda each: each[1].log_loss)[0]


SECTIONS = {"inspect": speed, "genre": genre}
