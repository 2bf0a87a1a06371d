"""The picture of how the training of an instrument went."""

from __future__ import annotations

import csv
from pathlib import Path

from mixassist.audio.atomic import atomic_path


def draw_curve(log: Path, path: Path) -> None:
    """Writes the distance on what was held out against minutes, as a PNG."""
    from matplotlib.figure import Figure

    with log.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    figure = Figure(figsize=(8, 4), layout="constrained")
    axis = figure.subplots()
    for stage, label in (("1", "amplitudes"), ("2", "spectra")):
        mine = [row for row in rows if row["stage"] == stage]
        axis.plot(
            [float(row["minutes"]) for row in mine],
            [float(row["held_out"]) for row in mine],
            marker="o",
            label=f"learning {label}",
        )
    axis.set(xlabel="minutes of the processor", ylabel="spectral distance on what is held out")
    axis.legend()
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=90, format="png")
