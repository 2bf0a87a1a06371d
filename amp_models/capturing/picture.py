"""A capture's picture: the amp and its model on each other, how the error fell, the spectra, the error by band."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy import signal

from amp_models.capturing.options import CAPTURE_RATE
from amp_models.capturing.run import Capture
from amp_models.capturing.scores import Heard, Scores
from mixassist.audio.atomic import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ZOOM_S = 0.012
RANGE_DB = 100.0


def draw_capture(capture: Capture, heard: Sequence[Heard], scores: Scores, name: str, path: Path) -> None:
    """Writes the picture as PNG.

    Raises:
        AudioError: when the folder cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 8), layout="constrained")
    axes = figure.subplots(2, 2)
    loudest = max(heard, key=lambda one: float(np.abs(one.truth).max()))
    _draw_waves(loudest, axes[0, 0])
    _draw_curve(capture, axes[0, 1])
    _draw_spectra(loudest, axes[1, 0])
    _draw_bands(scores, axes[1, 1])
    figure.suptitle(
        f"{name}: ESR {scores.esr:.2g} on what was held out, after {capture.minutes:.1f} minutes", fontsize="medium"
    )
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=90, format="png")


def _draw_waves(heard: Heard, axis: Axes) -> None:
    """The loudest moment of what was held out."""
    n_zoom = round(ZOOM_S * CAPTURE_RATE)
    middle = int(np.clip(np.abs(heard.truth).argmax(), n_zoom, heard.truth.size - n_zoom))
    zoom = slice(middle - n_zoom, middle + n_zoom)
    time_ms = 1000 * np.arange(middle - n_zoom, middle + n_zoom) / CAPTURE_RATE
    axis.plot(time_ms, heard.truth[zoom], label="amp", linewidth=1.8, alpha=0.6)
    axis.plot(time_ms, heard.answer[zoom], label="model", linewidth=0.9)
    axis.plot(time_ms, (heard.answer - heard.truth)[zoom], label="difference", linewidth=0.7)
    axis.set(title="the loudest moment held out", xlabel="ms", ylabel="full scale")
    axis.legend(fontsize="small")


def _draw_curve(capture: Capture, axis: Axes) -> None:
    for one in capture.learned:
        minutes = [moment.seconds / 60 for moment in one.curve]
        axis.semilogy(minutes, [moment.esr for moment in one.curve], marker=".", label=one.name)
    axis.axhline(capture.floor, color="grey", linestyle=":", label="floor of the noise")
    axis.set(title="error on what was held out", xlabel="minutes of learning", ylabel="ESR")
    axis.legend(fontsize="small")
    axis.grid(alpha=0.3, which="both")


def _draw_spectra(heard: Heard, axis: Axes) -> None:
    sounds = {"amp": heard.truth, "model": heard.answer, "difference": heard.answer - heard.truth}
    for name, sound in sounds.items():
        frequencies, power = signal.welch(sound, CAPTURE_RATE, nperseg=min(8192, sound.size))
        axis.semilogx(frequencies[1:], 10 * np.log10(power[1:] + 1e-20), label=name, linewidth=0.9)
    top = max(float(np.max(np.asarray(line.get_ydata()))) for line in axis.lines)
    axis.set(title="spectra", xlabel="Hz", ylabel="dB/Hz", xlim=(30, 22000), ylim=(top - RANGE_DB, top + 5))
    axis.legend(fontsize="small")
    axis.grid(alpha=0.3)


def _draw_bands(scores: Scores, axis: Axes) -> None:
    known = {name: value for name, value in scores.band_esr.items() if value is not None}
    axis.bar(list(known), list(known.values()))
    axis.axhline(scores.esr, color="grey", linestyle=":", label="whole")
    axis.set(title="error in each band", xlabel="Hz", ylabel="ESR", yscale="log")
    axis.tick_params(axis="x", labelsize="small")
    axis.legend(fontsize="small")
