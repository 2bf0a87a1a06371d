"""What is wrong with a finished song, found from its meters: findings with codes, each with its cure.

Thresholds are few and wide, for a finished master should get none. What uploads suffer from is clipping first, then
channels in opposite polarity and over-compression: Mourgela et al., AES 157 (2024), 218,109 uploads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from mixassist.errors import Finding

if TYPE_CHECKING:
    from mixassist.dsp.dynamics import Levels
    from mixassist.dsp.loudness import Loudness
    from mixassist.dsp.stereo import Stereo, StereoBand

TRUE_PEAK_LIMIT_DBTP = 0.0
"""Above, converters and lossy encoders clip; services ask for -1, which a master at their loudness rarely needs."""
MIN_PSR_DB = 8.0
"""The floor for any genre, by the makers of PSR meters; loud rock and pop keep 9."""
MAX_BALANCE_DB = 3.0
MONO_WIDTH_DB = -60.0
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


def peak_findings(true_peak_dbtp: float) -> Iterator[Finding]:
    """`true-peak`: the signal passes full scale between its samples."""
    if true_peak_dbtp > TRUE_PEAK_LIMIT_DBTP:
        yield Finding(
            "true-peak",
            "warning",
            f"the true peak is {true_peak_dbtp:+.1f} dBTP: limit with true-peak detection to -1 dBTP",
        )


def dynamics_findings(loudness: Loudness, psr_min_db: float | None) -> Iterator[Finding]:
    """`short`: too short for some meters; `squashed`: limited until nothing stands out."""
    if loudness.short_term_lufs.size == 0:
        yield Finding("short", "info", "shorter than 3 s: no short-term loudness, no range and no PSR")
    if psr_min_db is not None and psr_min_db < MIN_PSR_DB:
        yield Finding(
            "squashed",
            "warning",
            f"the densest 3 s have a PSR of {psr_min_db:.1f} dB, below {MIN_PSR_DB:.0f}: ease the limiter by "
            f"{MIN_PSR_DB - psr_min_db:.1f} dB",
        )


def stereo_findings(stereo: Stereo, levels: Levels) -> Iterator[Finding]:
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
    if stereo.correlation < 0:
        yield Finding(
            "opposite-polarity",
            "warning",
            f"the correlation is {stereo.correlation:+.2f}, so mono loses most of it: invert a channel or narrow it",
        )
    elif lows := [band for band in stereo.bands if _is_opposite_low(band)]:
        where = ", ".join(f"{band.octave_hz:g}" for band in lows)
        yield Finding(
            "low-end-polarity",
            "warning",
            f"the octaves at {where} Hz are in opposite polarity and vanish in mono: make the lows mono",
        )
    if stereo.width_db < MONO_WIDTH_DB:
        yield Finding("mono", "info", "both channels are the same: it is mono in a stereo file")


def _is_opposite_low(band: StereoBand) -> bool:
    return band.octave_hz < LOW_OCTAVES_HZ and band.correlation is not None and band.correlation < 0
