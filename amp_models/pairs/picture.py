"""A pair's picture: both takes on each other, the response, levels against levels, the noise and the spectra."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import signal

from amp_models.pairs.check import PairReport
from mixassist.audio.atomic import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ZOOM_S = 0.012
RANGE_DB = 90.0


def draw_pair(report: PairReport, path: Path) -> None:
    """Writes the picture as PNG.

    Raises:
        AudioError: when the folder cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 8), layout="constrained")
    axes = figure.subplots(2, 2)
    _draw_waves(report, axes[0, 0])
    _draw_response(report, axes[0, 1])
    _draw_levels(report, axes[1, 0])
    _draw_spectra(report, axes[1, 1])
    figure.suptitle(
        f"{report.pair.names[1]}: delay {report.delay_samples:.2f} samples, drift {report.drift_ppm:+.2f} ppm, "
        f"polarity {report.polarity:+d}\n{report.verdict}",
        fontsize="medium",
    )
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=90, format="png")


def _draw_waves(report: PairReport, axis: Axes) -> None:
    """The loudest moment of the DI, and the reamped take laid on it."""
    rate = report.pair.rate
    n_zoom = round(ZOOM_S * rate)
    middle = int(np.clip(np.abs(report.pair.di).argmax(), n_zoom, report.pair.di.size - n_zoom))
    zoom = slice(middle - n_zoom, middle + n_zoom)
    time_ms = 1000 * np.arange(middle - n_zoom, middle + n_zoom) / rate
    for take, label in ((report.pair.di, "DI"), (report.polarity * report.straight, "reamped, aligned")):
        axis.plot(time_ms, take[zoom] / max(float(np.abs(take[zoom]).max()), 1e-12), label=label, linewidth=0.9)
    axis.set(title="the loudest moment", xlabel="ms", ylabel="of its own peak")
    axis.legend(fontsize="small")


def _draw_response(report: PairReport, axis: Axes) -> None:
    alignment = report.alignment
    frequencies = np.linspace(0, alignment.rate / 2, alignment.response.size)
    level_db = 20 * np.log10(np.maximum(np.abs(alignment.response), 1e-6))
    axis.semilogx(frequencies[1:], np.where(alignment.coherence > 0.1, level_db, np.nan)[1:], linewidth=0.9)
    coherence = axis.twinx()
    coherence.semilogx(frequencies[1:], alignment.coherence[1:], color="tab:orange", linewidth=0.5)
    coherence.set(ylabel="coherence", ylim=(0, 1.02))
    axis.set(title="linear response", xlabel="Hz", ylabel="dB", xlim=(40, alignment.rate / 2))


def _draw_levels(report: PairReport, axis: Axes) -> None:
    levels = report.quality.levels
    axis.scatter(levels.di_db, levels.reamped_db, s=3, c=levels.is_idle, cmap="coolwarm")
    axis.axhline(report.noise_floor_db, color="grey", linewidth=0.8)
    top = max(float(levels.di_db.max()), float(levels.reamped_db.max())) + 3
    axis.set(title="levels of 20 ms (red: idle)", xlabel="DI, dBFS", ylabel="reamped, dBFS")
    axis.set(xlim=(top - RANGE_DB, top), ylim=(top - RANGE_DB, top))


def _draw_spectra(report: PairReport, axis: Axes) -> None:
    for take, label in ((report.pair.di, "DI"), (report.straight, "reamped")):
        frequencies, power = signal.welch(take, report.pair.rate, nperseg=4096)
        axis.semilogx(frequencies[1:], 10 * np.log10(np.maximum(power[1:], 1e-20)), label=label, linewidth=0.9)
    axis.set(title="spectra", xlabel="Hz", ylabel="dBFS per Hz", xlim=(40, report.pair.rate / 2))
    axis.legend(fontsize="small")
