"""Equalising: octaves in which the sum lies far outside its genre's tone are brought to the edge of its spread.

Single tracks are judged only together, for what is odd alone may be right in the mix: of an octave that sticks out, the
track that makes it is turned, else the bus. Every third octave of finished songs lies outside one spread: a move is
asked for beyond `FOUND_SPREADS`, so that what comes out of it is not found again, and only where it suffices: what
would ask for more is how the song is arranged. A ledger keeps what all rules take from a track.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats
from mixassist.dsp.parametric import EqBand, response_db
from mixassist.dsp.third_octaves import NOMINAL_HZ, OCTAVES
from mixassist.suggest.advice import BUS, Reason, Suggestion
from mixassist.suggest.multitrack import Channel, Multitrack
from mixassist.suggest.rules.masking import bell
from mixassist.suggest.style import ALIGNED_HZ, ToneCurve

JUDGED_HZ = (60.0, 9000.0)
"""Octaves beyond are left to the master: spreads there are as wide as doubts."""

FOUND_SPREADS = 1.6
MENDED_SPREADS = 1.4
"""So far out an octave may stay where a band may do no more."""

MOST_CUT_DB, MOST_BOOST_DB = 6.0, 2.0
STEP_DB = 0.5
MOST_TOTAL_DB = 9.0
"""The ledger: what all bands may take from one track."""

DOMINANT, DOMINANT_LEAD = 0.5, 0.7
"""Share of an octave's power from which a track answers for it; a lead has a right to more."""

MAX_BANDS = 3
Q = 1.0
RATE_HZ = 48000


def suggest_bands(song: Multitrack) -> list[Suggestion]:
    """An `eq` band for the octaves that lie furthest outside, on the track that makes them, or on the bus."""
    found: list[Suggestion] = []
    left = [hz for hz, _ in OCTAVES if JUDGED_HZ[0] <= hz <= JUDGED_HZ[1]]
    while left and len(found) < MAX_BANDS:
        deviations = octave_deviations_db(song)
        spreads_out = {hz: abs(deviations[hz][0]) / deviations[hz][1] for hz in left if hz in deviations}
        worst = max(spreads_out, key=lambda hz: spreads_out[hz], default=None)
        if worst is None or spreads_out[worst] < FOUND_SPREADS:
            break
        left.remove(worst)
        band = _band(song, worst, *deviations[worst])
        if band is not None:
            found.append(band)
            song = equalised(song, [band])
    return found


def equalised(song: Multitrack, suggestions: Sequence[Suggestion]) -> Multitrack:
    """The song as it measures with these `eq` bands in tracks and bus; only third octaves are turned."""
    bands = [(each.track, _eq_band(each)) for each in suggestions if each.processor == "eq"]
    turned = [
        _turned(channel, [band for track, band in bands if track in (channel.name, BUS)]) for channel in song.channels
    ]
    return replace(song, channels=tuple(turned))


def octave_deviations_db(song: Multitrack) -> dict[float, tuple[float, float]]:
    """Of each octave in question: the sum's level over the genre's, and the genre's spread."""
    tone = song.style.tone
    rest = _rest_db(song.mean_bands(), tone)
    bands_hz = np.array(tone.bands_hz)
    found = {}
    for hz, _ in OCTAVES:
        inside = np.abs(np.log2(bands_hz / hz)) < 0.45
        if JUDGED_HZ[0] <= hz <= JUDGED_HZ[1] and inside.any():
            found[hz] = (float(rest[inside].mean()), float(np.array(tone.spread_db)[inside].mean()))
    return found


def within_ledger(suggestions: Sequence[Suggestion]) -> list[Suggestion]:
    """The suggestions without the cuts that would take more than `MOST_TOTAL_DB` from one track, first come first."""
    spent: dict[str, float] = {}
    kept = []
    for each in suggestions:
        cut_db = max(-each.number("gain"), 0.0) if each.processor == "eq" else 0.0
        if spent.get(each.track, 0.0) + cut_db <= MOST_TOTAL_DB:
            spent[each.track] = spent.get(each.track, 0.0) + cut_db
            kept.append(each)
    return kept


def _rest_db(bands: Floats, tone: ToneCurve) -> Floats:
    """Level of third octaves [31] over the tone's, in the tone's bands, less what they have in common."""
    known = [NOMINAL_HZ.index(hz) for hz in tone.bands_hz]
    rest = power_to_db(bands[known]) - np.array(tone.level_db)
    bands_hz = np.array(tone.bands_hz)
    return np.asarray(rest - np.median(rest[(bands_hz >= ALIGNED_HZ[0]) & (bands_hz <= ALIGNED_HZ[1])]))


def _turned(channel: Channel, bands: Sequence[EqBand]) -> Channel:
    if not bands:
        return channel
    powers = 10 ** (response_db(bands, np.array(NOMINAL_HZ), RATE_HZ) / 10)
    return replace(channel, track=replace(channel.track, bands=channel.track.bands * powers))


def _eq_band(each: Suggestion) -> EqBand:
    return EqBand("bell", each.number("frequency"), each.number("gain"), each.number("q"))


def _band(song: Multitrack, hz: float, deviation_db: float, spread_db: float) -> Suggestion | None:
    """The least band that brings the octave to the edge of its spread; None where there is none."""
    maker = _maker(song.channels, hz) if deviation_db > 0 else None
    track = maker.name if maker else BUS
    most_db, sign = (MOST_CUT_DB, -1) if deviation_db > 0 else (MOST_BOOST_DB, 1)
    source = ", ".join(each.title for each in song.style.tone.sources)
    reason = Reason(f"tone: octave around {hz:g} Hz re the genre, dB", deviation_db, 0.0, spread_db, source)
    certainty = min(0.2 * abs(deviation_db) / spread_db, 0.7)
    effect = f"the sum comes nearer to its genre around {hz:g} Hz"
    for gain_db in sign * np.arange(STEP_DB, most_db + STEP_DB, STEP_DB):
        band = Suggestion(track, "eq", bell(hz, float(gain_db), Q, most_db), reason, certainty, effect)
        left_db = abs(octave_deviations_db(equalised(song, [band]))[hz][0])
        if left_db <= spread_db or (abs(gain_db) >= most_db and left_db <= MENDED_SPREADS * spread_db):
            return band
    return None


def _maker(channels: Sequence[Channel], hz: float) -> Channel | None:
    """The track that has most of an octave."""
    thirds = dict(OCTAVES)[hz]
    powers: Floats = np.array([each.track.bands[:, thirds].sum() * each.power_gain for each in channels])
    first = int(powers.argmax())
    share = DOMINANT_LEAD if channels[first].is_lead else DOMINANT
    return channels[first] if powers[first] >= share * powers.sum() else None
