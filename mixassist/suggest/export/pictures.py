"""Pictures of advice: what an equaliser and a compressor do, where tracks stand, and who masks whom."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from mixassist.dsp.compressor import static_gain_db
from mixassist.dsp.parametric import response_db
from mixassist.suggest.advice import MasterAdvice, MixAdvice
from mixassist.suggest.master_chain import chain_of
from mixassist.suggest.mix_chain import track_chain_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def master_picture(advice: MasterAdvice, rate: int) -> bytes:
    """A PNG of the equaliser's response and the compressor's curve."""
    from matplotlib.figure import Figure

    chain = chain_of(advice.suggestions)
    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(2, 1))
    hz = np.geomspace(20, min(20000, 0.49 * rate), 400)
    for band in chain.bands:
        left.plot(hz, response_db([band], hz, rate), linewidth=0.8, color="0.6")
    left.plot(hz, response_db(chain.bands, hz, rate), linewidth=2)
    left.set_xscale("log")
    left.set(title="equaliser", xlabel="Hz", ylabel="dB")
    left.grid(alpha=0.3)
    level_db = np.linspace(-50, 0, 200)
    out_db = level_db
    if chain.compressor is not None:
        settings = chain.compressor
        gain_db = static_gain_db(level_db, settings.threshold_db, settings.ratio, settings.knee_db)
        out_db = level_db + gain_db + settings.make_up_db
    right.plot(level_db, level_db, color="0.6", linewidth=0.8)
    right.plot(level_db, out_db, linewidth=2)
    right.set(title="compressor", xlabel="level in, dBFS rms", ylabel="level out")
    right.grid(alpha=0.3)
    return png(figure)


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
    names = [track.track for track in advice.tracks]
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
    excess_db = np.zeros((len(names), len(names)))
    for band in advice.masking:
        if band.masker in names and band.masked in names:
            place = names.index(band.masked), names.index(band.masker)
            excess_db[place] = max(excess_db[place], band.excess_db)
    axis.imshow(excess_db, cmap="Oranges", vmin=0, vmax=max(excess_db.max(), 12.0))
    for row, column in np.argwhere(excess_db > 0):
        axis.text(column, row, f"{excess_db[row, column]:.0f}", ha="center", va="center", fontsize="x-small")
    axis.set_xticks(range(len(names)), names, rotation=90, fontsize="x-small")
    axis.set_yticks(range(len(names)), names, fontsize="x-small")
    axis.set(title="masking in dB, the worst octave", xlabel="masker", ylabel="masked")


def png(figure: Figure) -> bytes:
    """The figure as a file."""
    picture = io.BytesIO()
    figure.savefig(picture, dpi=110, format="png")
    return picture.getvalue()
