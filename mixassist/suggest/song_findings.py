"""What is wrong with a finished song of any kind, found from its meters: findings with codes, each with its cure.

Thresholds are few and wide, for a finished master should get none. What uploads suffer from is clipping first, then
channels in opposite polarity and over-compression: Mourgela et al., AES 157 (2024), 218,109 uploads.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mixassist.dsp.decibels import FLOOR_DB
from mixassist.dsp.third_octaves import OCTAVES
from mixassist.errors import Finding, Severity

if TYPE_CHECKING:
    from mixassist.dsp.dynamics import Levels
    from mixassist.dsp.loudness import Loudness
    from mixassist.dsp.stereo import Stereo
    from mixassist.suggest.inspection import BandLevel

TRUE_PEAK_LIMIT_DBTP = 0.0
"""Above, converters and lossy encoders clip; services ask for -1, which a master at their loudness rarely needs."""
TRUE_PEAK_WARNED_DBTP = 1.0
"""Up to here converters hide it and finished masters have it: five of seven that we hold pass full scale, for a lossy
encoder adds to peaks, which no limiter before it sees."""
MAX_BALANCE_DB = 3.0
MONO_WIDTH_DB = -60.0
OPPOSED = -0.3
"""Correlation below which channels work against each other; two that have nothing in common lie around 0."""
INVERTED = -0.8
"""... below which one of them is likely to be inverted as a whole."""
HEARD_DB = 40.0
"""Octaves further below the loudest do not matter to the sum."""
LOW_OCTAVES_HZ = 130.0
"""Up to here speakers move together, and vinyl and clubs sum to mono."""

CURES = {
    "silent": "check which file was exported",
    "clipped": "lower the level before the limiter or converter and export again",
    "dc-offset": "high-pass at 10 Hz or remove the offset before mastering",
}


def with_cures(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings of `AudioChecker`, with what helps."""
    for finding in findings:
        cure = CURES.get(finding.code)
        yield replace(finding, message=f"{finding.message}: {cure}") if cure else finding


def peak_findings(true_peak_dbtp: float, is_lossy: bool = False) -> Iterator[Finding]:
    """`true-peak`: the signal passes full scale between its samples, which an encoder may have added."""
    if true_peak_dbtp <= TRUE_PEAK_LIMIT_DBTP:
        return
    text = f"the true peak is {true_peak_dbtp:+.1f} dBTP"
    if is_lossy:
        yield Finding("true-peak", "info", f"{text} after decoding: leave the encoder more headroom")
    else:
        severity: Severity = "warning" if true_peak_dbtp > TRUE_PEAK_WARNED_DBTP else "info"
        yield Finding("true-peak", severity, f"{text}: limit with true-peak detection to -1 dBTP")


def length_findings(loudness: Loudness) -> Iterator[Finding]:
    """`short`: too short for some meters."""
    if loudness.short_term_lufs.size == 0:
        yield Finding("short", "info", "shorter than 3 s: no short-term loudness, no range and no PSR")


def stereo_findings(stereo: Stereo, levels: Levels, spectrum: Sequence[BandLevel]) -> Iterator[Finding]:
    """`one-sided`, `off-centre`, `opposite-polarity`, `low-end-polarity` and `mono`."""
    if stereo.width_db is None:
        return
    if stereo.correlation is None:
        yield Finding("one-sided", "warning", "one of the two channels is silent: export it as mono or find the other")
        return
    if levels.balance_db is not None and abs(levels.balance_db) > MAX_BALANCE_DB:
        side = "left" if levels.balance_db > 0 else "right"
        yield Finding(
            "off-centre",
            "warning",
            f"the {side} channel is {abs(levels.balance_db):.1f} dB louder: check pans and sends",
        )
    if stereo.correlation < OPPOSED:
        cure = "invert a channel" if stereo.correlation < INVERTED else "narrow it, or find what is out of phase"
        loss_db = mono_loss_db(stereo.width_db)
        text = f"the correlation is {stereo.correlation:+.2f}, and mono loses {loss_db:.1f} dB"
        yield Finding("opposite-polarity", "warning", f"{text}: {cure}")
    else:
        yield from _low_end_findings(stereo, spectrum)
    if stereo.width_db < MONO_WIDTH_DB:
        yield Finding("mono", "info", "both channels are the same: it is mono in a stereo file")


def _low_end_findings(stereo: Stereo, spectrum: Sequence[BandLevel]) -> Iterator[Finding]:
    """`low-end-polarity`, for octaves that are loud enough to miss."""
    levels_db = octave_levels_db(spectrum)
    found = [
        (f"{band.octave_hz:g}", mono_loss_db(band.width_db))
        for band, level_db in zip(stereo.bands, levels_db, strict=True)
        if band.octave_hz < LOW_OCTAVES_HZ
        and level_db > max(levels_db) - HEARD_DB
        and band.width_db is not None
        and band.correlation is not None
        and band.correlation < OPPOSED
    ]
    if found:
        where, loss_db = ", ".join(hz for hz, _ in found), max(loss for _, loss in found)
        text = f"in mono the octaves at {where} Hz lose up to {loss_db:.1f} dB"
        yield Finding("low-end-polarity", "warning", f"{text}: make the lows mono")


def mono_loss_db(width_db: float) -> float:
    """What the mean of both channels lacks of their mean power, given side over mid: 3 dB where nothing is shared.

    Mid and side together have the channels' mean power, so that the mid has 1 / (1 + side / mid) of it.
    """
    return 10 * math.log10(1 + 10 ** (width_db / 10))


def octave_levels_db(spectrum: Sequence[BandLevel]) -> list[float]:
    """The levels of the ten octaves by their third octaves, those above half the rate at `FLOOR_DB`."""
    powers = [sum(10 ** (band.level_db / 10) for band in spectrum[thirds]) for _, thirds in OCTAVES]
    return [10 * math.log10(power) if power else FLOOR_DB for power in powers]
