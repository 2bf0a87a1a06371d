"""What a master should come near: the card of its genre, or a reference song; and how songs lie around it anyway.

How closely a reference is to be followed, it tells itself: what a few bands of an equaliser cannot explain of its
difference in tone shows how different a piece of music it is. The same piece is followed to the decibel; from a
stranger a song may differ as two songs of the genre do.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mixassist.dsp.hops import Floats
from mixassist.suggest.faults import ALONE, SAME_PIECE, STRANGER, Priors, priors_between
from mixassist.suggest.master_profile import BANDS_HZ, MasterProfile
from mixassist.suggest.style import ALIGNED_HZ, Source, StyleCard
from mixassist.suggest.tone_fit import Curve, fit_bands

SAME_DB, STRANGE_DB = 0.35, 1.2
"""What the fit leaves of the tone of one piece twice, and of two pieces."""
STRANGE_DYNAMICS_DB = 1.5
"""How far the levels of pieces of one genre spread apart, as rms over quantiles; a practitioner's prior."""
BAND_DB = 2.5
"""What a single band of a song has for itself, by its key and its notes, beyond the smooth tone of the cards. With 2.1,
27 pieces of 40 s lie off their cards as far as the cards say; more is safer for shorter ones."""
SAME_BAND_DB = 0.1
"""... where it is the same piece of music."""
KNOWN_HZ = (60.0, 10000.0)
"""Below, the tone of genres is extrapolated, and the key of a song decides which band its bass is in; above, most of
what the cards were learned from had been low-passed."""
MIN_BANDS = 8
HEARD_DB = 55.0
"""Bands further below the loudest are noise, or what a lossy encoder left out."""


@dataclass(frozen=True)
class AxisSources:
    """Who says what an axis should be like, and whether it was measured, published or a practitioner's prior."""

    tone: str
    width: str
    dynamics: str


@dataclass(frozen=True, eq=False)
class MasterTarget:
    """Targets of each axis, and how finished songs lie around them; bands [31] without a target are NaN.

    Attributes:
        strangeness: 0 for the same piece of music to 1 for a different one, and for a genre.
        priors: how likely faults are before the song is heard.
        tone_covariance: [31, 31], in dB².
        levels_db: quantiles of levels, as in the profile; None where only `plr_db` is known.
    """

    name: str
    sources: AxisSources
    strangeness: float
    priors: Priors
    tone_db: Floats
    tone_covariance: Floats
    width_db: float | None
    width_spread_db: float
    levels_db: Floats | None
    dynamics_tolerance_db: float
    plr_db: float
    plr_spread_db: float

    @property
    def tone_spread_db(self) -> Floats:
        """Of each band [31], one standard deviation."""
        return np.sqrt(np.diag(self.tone_covariance))


def genre_target(style: StyleCard) -> MasterTarget:
    """What finished songs of a genre are like."""
    tone, covariance = _card_tone(style)
    width, plr = style.width["side_to_mid_db"], style.dynamics["plr_db"]
    return MasterTarget(
        name=f"finished songs: {_short(style.title)}",
        sources=AxisSources(_cited(style.tone.sources), _cited(width.sources), _cited(plr.sources)),
        strangeness=1.0,
        priors=ALONE,
        tone_db=tone,
        tone_covariance=covariance + BAND_DB**2 * np.eye(len(tone)),
        width_db=width.value,
        width_spread_db=width.spread,
        levels_db=None,
        dynamics_tolerance_db=STRANGE_DYNAMICS_DB,
        plr_db=plr.value,
        plr_spread_db=plr.spread,
    )


def reference_target(song: MasterProfile, reference: MasterProfile, name: str, style: StyleCard) -> MasterTarget:
    """What a reference is like, as exact as it is near to the song: two strangers vary twice as one.

    Of a reference whose channels cancel, tone and width are not asked for.
    """
    known, covariance = _card_tone(style)
    tone = np.where(np.isnan(known) | reference.is_askew, np.nan, reference.tone_db)
    heard = usable_bands(song, tone) & (reference.tone_db > reference.tone_db.max() - HEARD_DB)
    tone = np.where(heard, tone, np.nan)
    strange = _strangeness(song, tone, heard)
    of_two = covariance + BAND_DB**2 * np.eye(len(tone))
    return MasterTarget(
        name=name,
        sources=AxisSources(*(3 * [f"reference {name}, {strange:.0%} stranger"])),
        strangeness=strange,
        priors=priors_between(SAME_PIECE, STRANGER, strange),
        tone_db=tone,
        tone_covariance=2 * strange * of_two + SAME_BAND_DB**2 * np.eye(len(tone)),
        width_db=None if reference.is_askew else reference.width_db,
        width_spread_db=math.hypot(math.sqrt(2 * strange) * style.width["side_to_mid_db"].spread, SAME_BAND_DB),
        levels_db=reference.levels_db,
        dynamics_tolerance_db=strange * STRANGE_DYNAMICS_DB,
        plr_db=style.dynamics["plr_db"].value,
        plr_spread_db=style.dynamics["plr_db"].spread,
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
    """The card's tone [31], NaN where it is not known, and the covariance [31, 31] of songs around it."""
    bands = [int(np.argmin(np.abs(BANDS_HZ - hz))) for hz in style.tone.bands_hz]
    tone, covariance = np.full(len(BANDS_HZ), np.nan), np.zeros((len(BANDS_HZ), len(BANDS_HZ)))
    tone[bands] = style.tone.level_db
    covariance[np.ix_(bands, bands)] = style.tone.covariance()
    low_hz, high_hz = KNOWN_HZ
    return np.where((low_hz <= BANDS_HZ) & (high_hz >= BANDS_HZ), tone, np.nan), covariance


def _cited(sources: Sequence[Source]) -> str:
    return "; ".join(f"{source.title} ({source.status})" for source in sources)
