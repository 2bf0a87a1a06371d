"""Pictures of an inspection: loudness over time, third octaves, stereo per octave."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from mixassist.dsp.hops import N_HOPS_PER_S
from mixassist.dsp.loudness import N_SHORT_TERM_HOPS, N_STEP_HOPS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from mixassist.suggest.inspection import Inspection

SHOWN_LU = 30.0
"""How far below the loudest 3 s the loudness is drawn."""


def song_picture(song: Inspection) -> bytes:
    """A PNG of what the numbers cannot show."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 7), layout="constrained")
    _draw(figure, song)
    picture = io.BytesIO()
    figure.savefig(picture, dpi=80, format="png")
    return picture.getvalue()


def _draw(figure: Figure, song: Inspection) -> None:
    if song.stereo is None:
        above, below = figure.subplots(2, 1)
    else:
        places = figure.subplot_mosaic([["time", "time"], ["thirds", "stereo"]])
        above, below = places["time"], places["thirds"]
        _draw_stereo(song, places["stereo"])
    _draw_loudness(song, above)
    _draw_spectrum(song, below)


def _draw_loudness(song: Inspection, axis: Axes) -> None:
    """Short-term loudness at the middle of its 3 s."""
    loudness = song.loudness
    axis.set(title="short-term loudness", xlabel="s", ylabel="LUFS")
    if loudness.short_term_max_lufs is None:
        axis.text(0.5, 0.5, "silent, or shorter than 3 s", ha="center", transform=axis.transAxes)
        return
    floor_lufs = loudness.short_term_max_lufs - SHOWN_LU
    middle_s = (np.arange(len(loudness.short_term_lufs)) * N_STEP_HOPS + N_SHORT_TERM_HOPS / 2) / N_HOPS_PER_S
    axis.fill_between(middle_s, np.maximum(loudness.short_term_lufs, floor_lufs), floor_lufs, alpha=0.4)
    if loudness.integrated_lufs is not None:
        axis.axhline(loudness.integrated_lufs, linestyle=":", label=f"integrated {loudness.integrated_lufs:.1f} LUFS")
        axis.legend(loc="lower right", fontsize="small")
    axis.set_xlim(0, song.seconds)
    axis.set_ylim(floor_lufs, None)
    axis.grid(alpha=0.3)


def _draw_spectrum(song: Inspection, axis: Axes) -> None:
    places = np.arange(len(song.spectrum))
    levels_db = np.array([band.level_db for band in song.spectrum])
    bottom_db = max(levels_db.max() - 60, levels_db.min()) - 3
    axis.bar(places, np.maximum(levels_db - bottom_db, 0), bottom=bottom_db, width=0.9)
    _draw_target(song, axis)
    axis.set_ylim(bottom_db, None)
    axis.set_xticks(places[2::3], [_hz(band.hz) for band in song.spectrum[2::3]])
    axis.set(title="third octaves", xlabel="Hz", ylabel="dBFS")
    axis.grid(axis="y", alpha=0.3)


def _draw_target(song: Inspection, axis: Axes) -> None:
    """The tone of the song's genre with one and two spreads to both sides."""
    known = [
        (place, band.target_db, band.spread_db)
        for place, band in enumerate(song.spectrum)
        if band.target_db is not None and band.spread_db is not None
    ]
    if not known:
        return
    places, target_db, spread_db = np.array(known).T
    for n_spreads in (2, 1):
        below, above = target_db - n_spreads * spread_db, target_db + n_spreads * spread_db
        axis.fill_between(places, below, above, color="tab:orange", alpha=0.25, linewidth=0)
    axis.plot(places, target_db, color="tab:orange", label="such songs, and their spread")
    axis.legend(loc="lower center", fontsize="small")


def _draw_stereo(song: Inspection, axis: Axes) -> None:
    bands = song.stereo.bands if song.stereo else ()
    places = np.arange(len(bands))
    axis.bar(places, [np.nan if band.correlation is None else band.correlation for band in bands])
    axis.axhline(0, linewidth=0.8)
    axis.set_xticks(places, [_hz(band.octave_hz) for band in bands])
    axis.set(title="correlation of left and right", xlabel="Hz", ylim=(-1, 1))
    axis.grid(axis="y", alpha=0.3)


def _hz(frequency_hz: float) -> str:
    return f"{frequency_hz / 1000:g}k" if frequency_hz >= 1000 else f"{frequency_hz:g}"
