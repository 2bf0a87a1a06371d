"""Pictures of advice: what an equaliser and a compressor do, where tracks stand, and who masks whom."""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mixassist.dsp.compressor import CompressorSettings, static_gain_db
from mixassist.dsp.parametric import EqBand, response_db
from mixassist.suggest.advice import MixAdvice, Suggestion
from mixassist.suggest.master_chain import chain_of
from mixassist.suggest.mix_chain import track_chain_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEAST_SHOWN_DB = 4.0
"""Of an equaliser, so that a small move looks like one."""


def chain_picture(suggestions: Sequence[Suggestion], rate: int) -> bytes | None:
    """A PNG of the equaliser's response and the compressor's curve; None where there is neither."""
    from matplotlib.figure import Figure

    chain = chain_of(suggestions)
    draws = [
        *([partial(_draw_equaliser, chain.bands, rate)] if chain.bands else []),
        *([partial(_draw_compressor, chain.compressor)] if chain.compressor else []),
    ]
    if not draws:
        return None
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    for draw, axis in zip(draws, figure.subplots(1, len(draws), squeeze=False)[0], strict=True):
        draw(axis)
    return png(figure)


def _draw_equaliser(bands: Sequence[EqBand], rate: int, axis: Axes) -> None:
    """Each band, and all of them together."""
    hz = np.geomspace(20, min(20000, 0.49 * rate), 400)
    for band in bands:
        axis.plot(hz, response_db([band], hz, rate), linewidth=0.8, color="0.6")
    total_db = response_db(bands, hz, rate)
    axis.plot(hz, total_db, linewidth=2)
    most_db = max(LEAST_SHOWN_DB, float(np.abs(total_db).max()) * 1.1)
    axis.set_xscale("log")
    axis.set(title="equaliser", xlabel="Hz", ylabel="dB", ylim=(-most_db, most_db))
    axis.grid(alpha=0.3)


def _draw_compressor(settings: CompressorSettings, axis: Axes) -> None:
    level_db = np.linspace(-50, 0, 200)
    gain_db = static_gain_db(level_db, settings.threshold_db, settings.ratio, settings.knee_db)
    axis.plot(level_db, level_db, color="0.6", linewidth=0.8)
    axis.plot(level_db, level_db + gain_db + settings.make_up_db, linewidth=2)
    axis.set(title="compressor", xlabel="level in, dBFS rms", ylabel="level out")
    axis.grid(alpha=0.3)


def mix_picture(advice: MixAdvice) -> bytes:
    """A PNG of gains and pans, and of the masking between tracks."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 0.35 * len(advice.tracks) + 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_places(advice, left)
    _draw_masking(advice, right)
    return png(figure)


def _draw_places(advice: MixAdvice, axis: Axes) -> None:
    """A row per track: how far its fader moves, and a dot where it stands; tracks without a suggestion stay."""
    names = _names(advice)
    rows = np.arange(len(names))
    found = [track_chain_of(track.suggestions) for track in advice.tracks]
    gains_db = [each.gain_db for each in found]
    axis.barh(rows, gains_db, color=["tab:red" if gain_db < 0 else "tab:green" for gain_db in gains_db], alpha=0.6)
    most_db = max([6.0, *map(abs, gains_db)]) * 1.1
    axis.axvline(0, color="0.6", linewidth=0.8)
    axis.set_yticks(rows, names, fontsize="x-small")
    axis.invert_yaxis()
    axis.set(title="fader moves (bars) and places (dots)", xlabel="dB", xlim=(-most_db, most_db))
    places = axis.twiny()
    places.plot([each.pan for each in found], rows, "o", color="black", markersize=4)
    places.set_xlim(-1.1, 1.1)
    places.set_xticks([-1, -0.5, 0, 0.5, 1], ["left", "", "centre", "", "right"], fontsize="x-small")
    axis.grid(axis="x", alpha=0.3)


def _draw_masking(advice: MixAdvice, axis: Axes) -> None:
    names = [track.track for track in advice.tracks]
    shown = _names(advice)
    excess_db = np.zeros((len(names), len(names)))
    for band in advice.masking:
        if band.masker in names and band.masked in names:
            place = names.index(band.masked), names.index(band.masker)
            excess_db[place] = max(excess_db[place], band.excess_db)
    axis.imshow(excess_db, cmap="Oranges", vmin=0, vmax=max(excess_db.max(), 12.0))
    for row, column in np.argwhere(excess_db > 0):
        axis.text(column, row, f"{excess_db[row, column]:.0f}", ha="center", va="center", fontsize="x-small")
    axis.set_xticks(range(len(names)), shown, rotation=90, fontsize="x-small")
    axis.set_yticks(range(len(names)), shown, fontsize="x-small")
    axis.set(title="masking in dB, the worst octave", xlabel="masker", ylabel="masked")


def _names(advice: MixAdvice) -> list[str]:
    return [plain(track.track) for track in advice.tracks]


def plain(name: str) -> str:
    """A name that is not taken for a formula."""
    return name.replace("$", r"\$")


def png(figure: Figure) -> bytes:
    """The figure as a file."""
    picture = io.BytesIO()
    figure.savefig(picture, dpi=110, format="png")
    return picture.getvalue()
