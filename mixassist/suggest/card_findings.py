"""What sets a song apart from finished songs of its genre: findings against the style card's values and spreads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mixassist.dsp.decibels import FLOOR_DB
from mixassist.dsp.stereo import Stereo
from mixassist.errors import Finding
from mixassist.suggest.inspection import BandLevel, Inspection
from mixassist.suggest.song_findings import octave_levels_db
from mixassist.suggest.style import StyleCard

N_SPREADS = 2.0
"""Of normal deviations 95 % are smaller: what lies inside is a matter of taste."""
N_SPREADS_PSR = 1.0
"""The card's PSR is itself a floor; at 9 dB with a spread of 2, songs below 7 are pressed harder than styles ask."""

WORSE_THAN_WIDE = {"one-sided", "opposite-polarity", "low-end-polarity"}
"""Where one of these is found, the width of the lows is its consequence."""


def card_findings(song: Inspection, style: StyleCard) -> Iterator[Finding]:
    """`squashed`, `loudness-range` and `wide-lows`."""
    yield from _squashed(song.dynamics.psr_min_db, style)
    yield from _loudness_range(song.loudness.range_lu, style)
    if song.stereo is not None and not any(found.code in WORSE_THAN_WIDE for found in song.findings):
        yield from _wide_lows(song.stereo, song.spectrum, style)


def _squashed(psr_db: float | None, style: StyleCard) -> Iterator[Finding]:
    usual = style.dynamics["min_psr_db"]
    least_db = usual.value - N_SPREADS_PSR * usual.spread
    if psr_db is not None and psr_db < least_db:
        text = f"the densest 3 s have a PSR of {psr_db:.1f} dB, below {least_db:.1f}"
        yield Finding("squashed", "warning", f"{text}: ease the limiter by {least_db - psr_db:.1f} dB")


def _loudness_range(range_lu: float | None, style: StyleCard) -> Iterator[Finding]:
    usual = style.dynamics["lra_lu"]
    if range_lu is None or range_lu <= usual.value + N_SPREADS * usual.spread:
        return
    text = f"the loudness range is {range_lu:.1f} LU, its kind has {usual.value:.0f} ± {usual.spread:.0f}"
    yield Finding("loudness-range", "info", f"{text}: ride its passages if it is to be heard on the move")


def _wide_lows(stereo: Stereo, spectrum: Sequence[BandLevel], style: StyleCard) -> Iterator[Finding]:
    usual, below_hz = style.width["low_side_to_mid_db"], style.width["mono_below_hz"].value
    width_db = width_below_db(stereo, spectrum, below_hz)
    most_db = usual.value + N_SPREADS * usual.spread
    if width_db is not None and width_db > most_db:
        text = (
            f"below {below_hz:.0f} Hz the side is {width_db:+.1f} dB over the mid, {most_db:+.0f} dB at most is usual"
        )
        yield Finding("wide-lows", "info", f"{text}: make the lows mono")


def width_below_db(stereo: Stereo, spectrum: Sequence[BandLevel], below_hz: float) -> float | None:
    """Side over mid of all octaves below `below_hz` together; None where they are silent.

    Of an octave's power P, the mid has P / (1 + w) and the side P w / (1 + w), where w is side over mid.
    """
    sides, mids = 0.0, 0.0
    for band, level_db in zip(stereo.bands, octave_levels_db(spectrum), strict=True):
        if band.octave_hz >= below_hz or band.width_db is None:
            continue
        ratio, power = 10 ** (band.width_db / 10), 10 ** (level_db / 10)
        sides += power * ratio / (1 + ratio)
        mids += power / (1 + ratio)
    if sides + mids == 0:
        return None
    return float(np.clip(10 * np.log10(max(sides, 1e-12) / max(mids, 1e-12)), FLOOR_DB, -FLOOR_DB))
