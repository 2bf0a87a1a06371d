"""What a master should come near: the card of its genre, or a reference song; each axis with its tolerance.

How closely a reference is to be followed, it tells itself: what a few bands of an equaliser cannot explain of its
difference in tone shows how different a piece of music it is. The same piece is followed to the decibel; a stranger
is followed until the song lies within the spread that songs of the genre have around each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixassist.dsp.hops import Floats
from mixassist.suggest.master_profile import BANDS_HZ, MasterProfile
from mixassist.suggest.song_target import ALIGNED_HZ
from mixassist.suggest.style import StyleCard, Value
from mixassist.suggest.tone_fit import Curve, fit_bands

SAME_DB, STRANGE_DB = 0.35, 1.2
"""What the fit leaves of the tone of one piece twice, and of two pieces."""
STRANGE_DYNAMICS_DB = 1.5
"""How far the levels of pieces of one genre spread apart, as rms over quantiles; a practitioner's prior."""
N_SPREADS = 2.0
"""How many standard deviations a song may lie off a stranger, or a genre: 95 of 100 songs lie within."""
LOWEST_HZ = 60.0
"""Below, the tone of genres is extrapolated, and the key of a song decides which band its bass is in."""
MIN_BANDS = 8
HEARD_DB = 55.0
"""Bands further below the loudest are noise, or what a lossy encoder left out."""


@dataclass(frozen=True, eq=False)
class MasterTarget:
    """Targets of each axis, and how far from them a song may stay; bands [31] without a target are NaN.

    Attributes:
        levels_db: quantiles of levels, as in the profile; None where only `plr_db` is known.
        strangeness: 0 for the same piece of music to 1 for a different one, and for a genre.
    """

    name: str
    source: str
    strangeness: float
    tone_db: Floats
    tone_tolerance_db: Floats
    width_db: float | None
    width_tolerance_db: float
    levels_db: Floats | None
    dynamics_tolerance_db: float
    plr_db: float
    plr_tolerance_db: float
    lufs: float | None


def genre_target(style: StyleCard) -> MasterTarget:
    """What finished songs of a genre are like, one standard deviation to both sides."""
    tone, spread = _card_tone(style)
    lowest = np.less(BANDS_HZ, LOWEST_HZ)
    width, plr = style.width["side_to_mid_db"], style.dynamics["plr_db"]
    return MasterTarget(
        name=f"finished songs: {_short(style.title)}",
        source=_sources(width, *(Value(0, 1, style.tone.sources),)),
        strangeness=1.0,
        tone_db=np.where(lowest, np.nan, tone),
        tone_tolerance_db=N_SPREADS * spread,
        width_db=width.value,
        width_tolerance_db=N_SPREADS * width.spread,
        levels_db=None,
        dynamics_tolerance_db=STRANGE_DYNAMICS_DB,
        plr_db=plr.value,
        plr_tolerance_db=plr.spread,
        lufs=None,
    )


def reference_target(song: MasterProfile, reference: MasterProfile, name: str, style: StyleCard) -> MasterTarget:
    """What a reference is like, as exact as it is near to the song."""
    _, spread = _card_tone(style)
    tone = np.where(np.isnan(spread), np.nan, reference.tone_db)
    heard = usable_bands(song, tone) & (reference.tone_db > reference.tone_db.max() - HEARD_DB)
    tone = np.where(heard, tone, np.nan)
    strange = _strangeness(song, tone, heard)
    return MasterTarget(
        name=name,
        source=f"reference {name}, {strange:.0%} stranger",
        strangeness=strange,
        tone_db=tone,
        tone_tolerance_db=strange * N_SPREADS * spread,
        width_db=reference.width_db,
        width_tolerance_db=strange * N_SPREADS * style.width["side_to_mid_db"].spread,
        levels_db=reference.levels_db,
        dynamics_tolerance_db=strange * STRANGE_DYNAMICS_DB,
        plr_db=style.dynamics["plr_db"].value,
        plr_tolerance_db=style.dynamics["plr_db"].spread,
        lufs=reference.lufs,
    )


def usable_bands(song: MasterProfile, tone_db: Floats) -> np.ndarray:
    """Which bands [31] have a target and are heard in the song."""
    hz = BANDS_HZ
    is_heard = (song.tone_db > song.tone_db.max() - HEARD_DB) & (hz < 0.4 * song.rate)
    return is_heard & ~np.isnan(tone_db)


def tone_gap_db(song: MasterProfile, target: MasterTarget) -> Floats:
    """Target over song [31], both laid over each other in the middle; NaN where nothing is known or heard."""
    usable, hz = usable_bands(song, target.tone_db), BANDS_HZ
    gap = np.where(usable, target.tone_db - song.tone_db, np.nan)
    middle = usable & (hz >= ALIGNED_HZ[0]) & (hz <= ALIGNED_HZ[1])
    return gap - gap[middle].mean() if middle.any() else np.full_like(gap, np.nan)


def _strangeness(song: MasterProfile, tone_db: Floats, usable: np.ndarray) -> float:
    hz = BANDS_HZ[usable]
    if len(hz) < MIN_BANDS:
        return 1.0
    curve = Curve((tone_db - song.tone_db)[usable], np.ones(len(hz)), hz, song.rate)
    left = curve.rms_db(fit_bands(curve))
    return float(np.clip((left - SAME_DB) / (STRANGE_DB - SAME_DB), 0, 1))


def _short(title: str) -> str:
    """The likeliest three of a blend."""
    parts = title.split(", ")
    return ", ".join(parts[:3]) + (" …" if len(parts) > 3 else "")


def _card_tone(style: StyleCard) -> tuple[Floats, Floats]:
    """The card's tone and spread [31], NaN where it has none."""
    tone, spread = np.full((2, len(BANDS_HZ)), np.nan)
    for hz, level_db, spread_db in zip(style.tone.bands_hz, style.tone.level_db, style.tone.spread_db, strict=True):
        band = int(np.argmin(np.abs(BANDS_HZ - hz)))
        tone[band], spread[band] = level_db, spread_db
    return tone, spread


def _sources(*values: Value) -> str:
    return "; ".join(dict.fromkeys(source.title for value in values for source in value.sources))
