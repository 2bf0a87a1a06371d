"""The GTZAN feature table as examples to learn genres from, with artists kept apart.

The collection holds many songs by one artist, repetitions and damaged files (Sturm 2013, arXiv 1306.1461). The folds
are those of Foleiss and Tavares (2020, doi 10.1016/j.asoc.2020.106127): no artist is in two of them, and what is
damaged or there twice is in none.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from mixassist.suggest.features import GENRE_COLUMNS, TABLE_COLUMNS, level_free
from mixassist.suggest.learning import Examples

FOLDS = (
    "blues 12-28,85-99;classical 0-33;country 0-18,20-25,27-35;disco 0-16,18-23,25,26,28,30,35,37,38,78;"
    "hiphop 0-20,22-30,21,41,42;jazz 11-24,33-46,57;metal 0-12,14-27,34,92,93;pop 0-14,39,40,83,87-89,91-99;"
    "reggae 0-27,59;rock 0-27,86-90",
    "blues 0-11,40-49,73-84;classical 34-67;country 19,26,36-49,65-80;disco 27,29,31-34,36,39-43,46-50,52-59,61-64,69,"
    "71,73;hiphop 31-40,43,44,46-65,76;jazz 0-10,25-32,47-50,52,54,56,59,61,63;metal 28-33,35-45,59,60,67,73,75,78,83,"
    "87,95-99;pop 15-21,23-30,32-36,38,41-43,74-78,82;reggae 28-50,63,64,66-68,71;rock 32,39-70",
    "blues 29-39,50-72;classical 68-99;country 50-64,81-99;disco 17,24,44,45,65-68,72,75-77,79-88,90-98;"
    "hiphop 66-75,77,79-99;jazz 64,66,73-99;metal 46-57,68-72,74,76,77,79-82,84-86,88-91;"
    "pop 44,45,47-56,58,61-70,72,73,79,81,84-86;reggae 51-55,61,62,70,72,73,75-80,83-85,87-90,93-99;"
    "rock 28-31,33-38,71-85,91-99",
)
"""Excerpts by genre and number, in ranges."""


def read_gtzan(path: Path) -> list[dict[str, str]]:
    """The rows of the table."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def gtzan_examples(rows: list[dict[str, str]]) -> Examples:
    """Level-free features of the excerpts that are in a fold; the fold is their group."""
    folds = dict(_folds())
    kept = [row for row in rows if row["filename"] in folds]
    features = [level_free({column: float(row[column]) for column in TABLE_COLUMNS}) for row in kept]
    return Examples(
        columns=GENRE_COLUMNS,
        rows=np.array([[row[column] for column in GENRE_COLUMNS] for row in features]),
        labels=[row["label"] for row in kept],
        groups=[folds[row["filename"]] for row in kept],
    )


def _folds() -> Iterator[tuple[str, str]]:
    """File names and the folds they are in."""
    for number, fold in enumerate(FOLDS, start=1):
        for part in fold.split(";"):
            genre, ranges = part.split()
            for bounds in ranges.split(","):
                first, _, last = bounds.partition("-")
                for index in range(int(first), int(last or first) + 1):
                    yield f"{genre}.{index:05d}.wav", f"fold {number}"
