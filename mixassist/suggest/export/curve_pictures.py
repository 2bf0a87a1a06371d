"""The picture of a song before and after its advice: its spectrum against its genre's, and its loudness over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mixassist.dsp.hops import N_HOPS_PER_S, Floats
from mixassist.dsp.loudness import N_SHORT_TERM_HOPS, N_STEP_HOPS
from mixassist.dsp.third_octaves import NOMINAL_HZ
from mixassist.suggest.before_after import BeforeAfter, SongCurves
from mixassist.suggest.export.pictures import plain, png
from mixassist.suggest.style import ALIGNED_HZ, ToneCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN_DB = 55.0
SHOWN_LU = 25.0
COLOURS = {"before": "0.55", "after": "tab:blue", "reference": "tab:green"}


def curves_picture(curves: BeforeAfter) -> bytes:
    """A PNG of both."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 4.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_tone(curves, left)
    _draw_loudness(curves, right)
    return png(figure)


def _draw_tone(curves: BeforeAfter, axis: Axes) -> None:
    _draw_target(curves.tone, axis)
    top_db = 0.0
    for colour, song in _songs(curves):
        levels_db = _aligned(np.array(NOMINAL_HZ), song.levels_db)
        axis.plot(NOMINAL_HZ, levels_db, color=colour, label=plain(song.name))
        top_db = max(top_db, float(levels_db.max()))
    axis.set_xscale("log")
    axis.set_xticks([31.5, 63, 125, 250, 500, 1000, 2000, 4000, 8000, 16000], minor=False)
    axis.set_xticklabels(["31", "63", "125", "250", "500", "1k", "2k", "4k", "8k", "16k"])
    axis.minorticks_off()
    axis.set(title="spectrum, third octaves", xlabel="Hz", ylabel="dB", ylim=(top_db - SHOWN_DB, top_db + 5))
    axis.grid(alpha=0.3)
    axis.legend(loc="lower left", fontsize="small")


def _draw_target(tone: ToneCurve, axis: Axes) -> None:
    """The genre's tone with one and two spreads to both sides."""
    hz, spread_db = np.array(tone.bands_hz), np.array(tone.spread_db)
    level_db = _aligned(hz, np.array(tone.level_db))
    for n_spreads in (2, 1):
        below, above = level_db - n_spreads * spread_db, level_db + n_spreads * spread_db
        axis.fill_between(hz, below, above, color="tab:orange", alpha=0.2, linewidth=0)
    axis.plot(hz, level_db, color="tab:orange", linewidth=1, label="its genre, one and two spreads")


def _draw_loudness(curves: BeforeAfter, axis: Axes) -> None:
    """Short-term loudness at the middle of its 3 s, over the sections; the one that stands for the song is shaded."""
    for section in curves.sections:
        axis.axvline(section.start_s, color="0.8", linewidth=0.8)
        if section.is_best and len(curves.sections) > 1:
            axis.axvspan(section.start_s, section.end_s, color="tab:blue", alpha=0.07, linewidth=0)
    loudest_lufs = []
    for colour, song in _songs(curves):
        loudness = song.loudness
        if loudness.short_term_max_lufs is None:
            continue
        loudest_lufs.append(loudness.short_term_max_lufs)
        middle_s = (np.arange(len(loudness.short_term_lufs)) * N_STEP_HOPS + N_SHORT_TERM_HOPS / 2) / N_HOPS_PER_S
        name = plain(song.name)
        words = name if loudness.integrated_lufs is None else f"{name}: {loudness.integrated_lufs:.1f} LUFS"
        axis.plot(middle_s, np.maximum(loudness.short_term_lufs, -120), color=colour, linewidth=1, label=words)
        if loudness.integrated_lufs is not None:
            axis.axhline(loudness.integrated_lufs, color=colour, linestyle=":", linewidth=1)
    axis.set(title="loudness over time, of 3 s", xlabel="s", ylabel="LUFS")
    axis.grid(alpha=0.3)
    if loudest_lufs:
        axis.set_ylim(max(loudest_lufs) - SHOWN_LU, max(loudest_lufs) + 2)
        axis.legend(loc="lower right", fontsize="small")
    else:
        axis.text(0.5, 0.5, "silent, or shorter than 3 s", ha="center", transform=axis.transAxes)


def _songs(curves: BeforeAfter) -> list[tuple[str, SongCurves]]:
    reference = [] if curves.reference is None else [(COLOURS["reference"], curves.reference)]
    return [*reference, (COLOURS["before"], curves.before), (COLOURS["after"], curves.after)]


def _aligned(hz: Floats, levels_db: Floats) -> Floats:
    """The levels re their mean in the middle."""
    return levels_db - levels_db[(hz >= ALIGNED_HZ[0]) & (hz <= ALIGNED_HZ[1])].mean()
