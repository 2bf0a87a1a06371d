"""Pictures of advice: what an equaliser and a compressor do, where tracks stand, and who masks whom."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from mixassist.dsp.compressor import static_gain_db
from mixassist.dsp.parametric import response_db
from mixassist.suggest.advice import MasterAdvice, MixAdvice
from mixassist.suggest.master_chain import chain_of

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
    return _png(figure)


def mix_picture(advice: MixAdvice) -> bytes:
    """A PNG of gains and pans, and of the masking between tracks."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 0.35 * len(advice.tracks) + 3), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_places(advice, left)
    _draw_masking(advice, right)
    return _png(figure)


def _draw_places(advice: MixAdvice, axis: Axes) -> None:
    """A dot per track at its pan and gain; tracks without a suggestion stay where they are."""
    for track in advice.tracks:
        found = track.to_dict()
        pan, gain_db = found["pan"] or 0.0, found["gain_db"] or 0.0
        axis.plot(pan, gain_db, "o")
        axis.annotate(track.track, (pan, gain_db), fontsize="x-small", xytext=(4, 3), textcoords="offset points")
    axis.set(title="pan and gain", xlabel="left to right", ylabel="dB", xlim=(-1.1, 1.1))
    axis.grid(alpha=0.3)


def _draw_masking(advice: MixAdvice, axis: Axes) -> None:
    names = [track.track for track in advice.tracks]
    excess_db = np.zeros((len(names), len(names)))
    for band in advice.masking:
        if band.masker in names and band.masked in names:
            place = names.index(band.masked), names.index(band.masker)
            excess_db[place] = max(excess_db[place], band.excess_db)
    axis.imshow(excess_db, cmap="Oranges", vmin=0)
    axis.set_xticks(range(len(names)), names, rotation=90, fontsize="x-small")
    axis.set_yticks(range(len(names)), names, fontsize="x-small")
    axis.set(title="masking in dB", xlabel="masker", ylabel="masked")


def _png(figure: Figure) -> bytes:
    picture = io.BytesIO()
    figure.savefig(picture, dpi=80, format="png")
    return picture.getvalue()
