"""How the training of a texture went: one row of its table per look, and the picture of them."""

from __future__ import annotations

import csv
from dataclasses import asdict
from pathlib import Path

from mixassist.audio.atomic import atomic_path
from transfer.texture.training import Look


def append_look(path: Path, look: Look) -> None:
    """Adds a look to the table, with a header before the first."""
    row = {name: round(value, 4) for name, value in asdict(look).items()}
    is_new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, row)
        if is_new:
            writer.writeheader()
        writer.writerow(row)


def draw_curve(log: Path, path: Path) -> None:
    """Writes the distance on what was held out against minutes, as a PNG."""
    from matplotlib.figure import Figure

    with log.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    figure = Figure(figsize=(8, 4), layout="constrained")
    axis = figure.subplots()
    minutes, distances = ([float(row[name]) for row in rows] for name in ("minutes", "held_out"))
    axis.plot(minutes, distances, marker="o")
    axis.set(xlabel="minutes of the processor", ylabel="spectral distance on what is held out")
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=90, format="png")
