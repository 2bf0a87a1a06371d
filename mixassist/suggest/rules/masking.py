"""Masking: bands that are essential to one track and not to another that covers them there.

The measure is Hafezi and Reiss's (JAES 63(5), 2015): with octave levels X and the bands of each track ranked by level,
A masks B in band k by X_A(k) - X_B(k) where k is among the first `ESSENTIAL` of B and not of A. It is taken while both
play. What A has there counts as inessential to it where it sticks out of its neighbours, and would not be A's loudest
band without that: ranks alone would call essential what masks most, because it is loud. It must cover B more there than
beside, for a double that is louder all over is a matter of faders, and most of the time, for between hits others are
heard. A lead is meant to cover the others, as bass and kick do below `FOUNDATION_HZ`; and what covers another by still
more is arrangement: a part that was never meant to be heard there.

The masker is cut where `MOST_CUT_DB` suffice; a lead that is covered by more may be boosted a little. What is found
of planted maskers, and what besides, is measured by `benchmarks.mix_masking`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats
from mixassist.dsp.third_octaves import OCTAVES
from mixassist.suggest.advice import MaskedBand, Parameter, Reason, Suggestion
from mixassist.suggest.multitrack import Channel, Multitrack

ESSENTIAL = 3
TOLERANCE_DB = 3.0
"""So far a masker may be above; cuts go no further."""

FOUND_DB = 2 * TOLERANCE_DB
"""From here on it is masking: apart from the tolerance, so that what a cut leaves over is not found again."""

MOST_FOUND_DB = 10.0
"""Beyond, it is how the song is arranged."""

BUMP_DB = 2.0
"""How far the masker's band sticks out of its neighbours."""

BESIDE_DB = 0.5
"""How much more it covers there than beside."""

MOST_CUT_DB = 6.0
MOST_BOOST_DB = 2.0
FOUNDATION_HZ = 150.0
MIN_TOGETHER = 0.2
"""Share of the masked track's time in which both must play."""

MAX_CUTS = 2
"""Per masker."""

CUT_Q, BOOST_Q = 1.4, 1.0
"""Cuts narrow, boosts wide (Wakefield and Dewey, AES 2015)."""

AUDIBLE_DB = -60.0
"""Bands so far below the mix count as empty."""

_OCTAVES_HZ = np.array([hz for hz, _ in OCTAVES])
SOURCE = "Hafezi and Reiss, JAES 63(5), 2015"


def find_masking(song: Multitrack) -> list[MaskedBand]:
    """Bands masked by `FOUND_DB` to `MOST_FOUND_DB`, worst first."""
    floor_db = float(power_to_db(song.mean_bands().sum())) + AUDIBLE_DB
    found = [
        band
        for masker in song.channels
        for masked in song.channels
        if masker is not masked and not masker.is_lead
        for band in _pair(masker, masked, floor_db)
    ]
    return sorted(found, key=lambda band: -band.excess_db)


def suggest_cuts(song: Multitrack, masking: Sequence[MaskedBand]) -> list[Suggestion]:
    """An `eq` cut for each masker's worst bands, and a boost for a lead that still lacks."""
    lead = next((each.name for each in song.channels if each.is_lead), None)
    cuts: dict[tuple[str, float], Suggestion] = {}
    boosts: list[Suggestion] = []
    for band in masking:
        key = (band.masker, band.hz)
        n_cuts = sum(masker == band.masker for masker, _ in cuts)
        can_be_cut = band.excess_db - TOLERANCE_DB <= MOST_CUT_DB
        if can_be_cut and key not in cuts and n_cuts < MAX_CUTS:
            cuts[key] = _cut(band)
        if band.masked == lead and band.excess_db - TOLERANCE_DB > MOST_CUT_DB and not boosts:
            boosts.append(_boost(band))
    return [*cuts.values(), *boosts]


def octaves_together(masker: Channel, masked: Channel) -> tuple[Floats, Floats] | None:
    """Mean levels [10] of both tracks' octaves, at their gains, while both play; None where they hardly do."""
    together = _together(masker, masked)
    if together.sum() < MIN_TOGETHER * max(masked.track.is_active.sum(), 1.0):
        return None
    return _octaves_db(masker, together), _octaves_db(masked, together)


def _together(masker: Channel, masked: Channel) -> Floats:
    """Whether both play, 0 or 1, in each frame [n] that both have."""
    n = min(len(masker.track.is_active), len(masked.track.is_active))
    return masker.track.is_active[:n] * masked.track.is_active[:n]


def _pair(masker: Channel, masked: Channel, floor_db: float) -> list[MaskedBand]:
    levels = octaves_together(masker, masked)
    if levels is None:
        return []
    covering, covered = levels
    excess = covering - covered
    levelled = _levelled(covering)
    is_inessential = (covering - levelled > BUMP_DB) & (_ranks(levelled) > 0) & (excess - _beside(excess) > BESIDE_DB)
    is_found = (excess > FOUND_DB) & (excess < MOST_FOUND_DB) & (covered > floor_db)
    if masker.is_low:
        is_found &= _OCTAVES_HZ > FOUNDATION_HZ
    is_masked = is_found & is_inessential & (_ranks(covered) < ESSENTIAL)
    return [
        MaskedBand(masker.name, masked.name, OCTAVES[k][0], float(excess[k]))
        for k in np.flatnonzero(is_masked)
        if _covers_mostly(masker, masked, OCTAVES[k][1])
    ]


def _covers_mostly(masker: Channel, masked: Channel, band: slice) -> bool:
    """Whether the masker is louder in an octave in most of the frames in which both play."""
    together = _together(masker, masked)
    powers = [each.track.bands[: len(together), band].sum(axis=1) * each.power_gain for each in (masker, masked)]
    return float(together @ (powers[0] > powers[1])) > together.sum() / 2


def _octaves_db(channel: Channel, frames: Floats) -> Floats:
    """Mean level [10] of the octaves in the chosen frames, at the channel's gain."""
    thirds = frames @ channel.track.bands[: len(frames)] / frames.sum()
    return np.array([float(power_to_db(thirds[band].sum())) for _, band in OCTAVES]) + channel.gain_db


def _ranks(levels_db: Floats) -> Floats:
    """0 for the loudest band, and so on."""
    return np.asarray(np.argsort(np.argsort(-levels_db)))


def _levelled(levels_db: Floats) -> Floats:
    """Levels [10] without what sticks out: none higher than the mean of its neighbours."""
    return np.minimum(levels_db, _beside(levels_db))


def _beside(levels_db: Floats) -> Floats:
    """The mean of each one's neighbours [10]; the outermost themselves."""
    beside = levels_db.copy()
    beside[1:-1] = (levels_db[:-2] + levels_db[2:]) / 2
    return beside


def _reason(band: MaskedBand) -> Reason:
    rule = f"masking: {band.masker} over {band.masked} around {band.hz:g} Hz, dB"
    return Reason(rule, band.excess_db, 0.0, TOLERANCE_DB, SOURCE)


def _cut(band: MaskedBand) -> Suggestion:
    effect = f"{band.masked} is heard through {band.masker} around {band.hz:g} Hz"
    parameters = bell(band.hz, TOLERANCE_DB - band.excess_db, CUT_Q, MOST_CUT_DB)
    return Suggestion(band.masker, "eq", parameters, _reason(band), 0.6, effect)


def _boost(band: MaskedBand) -> Suggestion:
    boost_db = min(band.excess_db - TOLERANCE_DB - MOST_CUT_DB, MOST_BOOST_DB)
    effect = f"the lead stands out around {band.hz:g} Hz, where cuts alone would go too far"
    parameters = bell(band.hz, max(boost_db, 0.5), BOOST_Q, MOST_BOOST_DB)
    return Suggestion(band.masked, "eq", parameters, _reason(band), 0.5, effect)


def bell(hz: float, gain_db: float, q: float, most_db: float) -> tuple[Parameter, ...]:
    """The parameters of an equaliser's bell."""
    return (
        Parameter("type", "bell"),
        Parameter("frequency", hz, "Hz", hz / 2**0.5, hz * 2**0.5),
        Parameter("gain", gain_db, "dB", -most_db, most_db),
        Parameter("q", q, "", 0.5, 8.0),
    )
