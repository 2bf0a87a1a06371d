"""The picture of a coverage: how many seconds there are of each pitch at each loudness."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mixassist.audio.atomic import atomic_path
from transfer.dataset.coverage import STEP_DB, Coverage, note_name

LEAST_SHOWN_S = 0.05
N_LABELS = 18


def draw_coverage(coverage: Coverage, title: str, path: Path) -> None:
    """Writes the picture as PNG.

    Raises:
        AudioError: when the folder cannot be written.
    """
    from matplotlib.colors import LogNorm
    from matplotlib.figure import Figure

    n_notes, n_levels = coverage.seconds.shape
    notes = np.arange(n_notes) + coverage.lowest_note
    figure = Figure(figsize=(11, 6.5), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 3))
    above.bar(notes, coverage.seconds.sum(axis=1), width=0.9)
    above.set(ylabel="seconds", title=title)
    edges_db = coverage.lowest_db + STEP_DB * np.arange(n_levels + 1)
    shown = np.ma.masked_less(coverage.seconds.T, LEAST_SHOWN_S)
    scale = LogNorm(LEAST_SHOWN_S, max(float(coverage.seconds.max()), 2 * LEAST_SHOWN_S))
    cells = below.pcolormesh(np.arange(n_notes + 1) + coverage.lowest_note - 0.5, edges_db, shown, norm=scale)
    figure.colorbar(cells, ax=below, label="seconds")
    ticks = notes[:: -(-n_notes // N_LABELS)]
    below.set_xticks(ticks, [note_name(int(note)) for note in ticks])
    below.set(xlabel="pitch", ylabel="loudness, dB(A) of full scale")
    for note in coverage.missing:
        below.axvspan(note - 0.5, note + 0.5, color="tab:red", alpha=0.15, linewidth=0)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=90, format="png")
