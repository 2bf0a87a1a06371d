"""The points of learning curves, and the small tables in benchmarks/data/learning that keep them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from separation.songs import STEMS

CURVES = Path(__file__).with_name("data") / "learning"
HELD_OUT, BAND_SONGS = "held out", "band songs"


@dataclass(frozen=True)
class Point:
    """How well a network separated `songs` at a step of its training."""

    songs: str
    network: str
    data_h: float
    step: int
    minutes: float
    heard_h: float
    drums: float
    bass: float
    other: float
    vocals: float

    @property
    def mean(self) -> float:
        """Over the stems, in dB."""
        return float(np.mean([getattr(self, stem) for stem in STEMS]))


def write_curve(name: str, points: Sequence[Point]) -> Path:
    """Replaces the curve of this name."""
    CURVES.mkdir(parents=True, exist_ok=True)
    path = CURVES / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Point))
        writer.writerows(astuple(point) for point in points)
    return path


def read_curve(path: Path) -> list[Point]:
    """The points that `write_curve` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Point(*map(_value, row)) for row in list(csv.reader(file))[1:]]


def _value(cell: str) -> Any:
    """A text, a whole number or a fraction, whichever the cell says."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(cell)
    return cell
