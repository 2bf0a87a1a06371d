"""Equalising: octaves in which the sum lies outside the spread of its genre's tone are brought to the spread's edge.

Single tracks are judged only together, for what is odd alone may be right in the mix: the octave's greatest
contributor that is not the lead is turned, and a ledger keeps what all rules take from a track.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats
from mixassist.dsp.third_octaves import NOMINAL_HZ, OCTAVES
from mixassist.suggest.advice import Parameter, Reason, Suggestion
from mixassist.suggest.multitrack import Channel, Multitrack
from mixassist.suggest.rules.masking import bell

ALIGNED_HZ = (200.0, 5000.0)
"""Sum and tone are laid over each other by their mean level between these."""

JUDGED_HZ = (60.0, 9000.0)
"""Octaves beyond are left to the master: spreads there are as wide as doubts."""

LEAST_DB = 1.0
MOST_CUT_DB, MOST_BOOST_DB = 4.0, 2.0
MOST_TOTAL_DB = 9.0
"""The ledger: what all bands may take from one track."""

DOMINANT = 0.5
"""Share of an octave's power from which a track answers for it; else the bus is turned."""

MAX_BANDS = 3
Q = 1.0


def suggest_bands(song: Multitrack) -> list[Suggestion]:
    """An `eq` band for the octaves that lie furthest outside, on the track that makes them, or on the bus."""
    deviations = octave_deviations_db(song)
    worst = sorted(deviations, key=lambda hz: -_excess(*deviations[hz]))[:MAX_BANDS]
    return [_band(song, hz, *deviations[hz]) for hz in worst if _excess(*deviations[hz]) >= LEAST_DB]


def octave_deviations_db(song: Multitrack) -> dict[float, tuple[float, float]]:
    """Of each octave in question: the sum's level over the genre's, and the genre's spread."""
    tone, levels = song.style.tone, power_to_db(song.mean_bands())
    known = [NOMINAL_HZ.index(hz) for hz in tone.bands_hz]
    rest = levels[known] - np.array(tone.level_db)
    bands_hz = np.array(tone.bands_hz)
    rest = rest - rest[(bands_hz >= ALIGNED_HZ[0]) & (bands_hz <= ALIGNED_HZ[1])].mean()
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


def _excess(deviation_db: float, spread_db: float) -> float:
    return max(abs(deviation_db) - spread_db, 0.0)


def _band(song: Multitrack, hz: float, deviation_db: float, spread_db: float) -> Suggestion:
    excess = _excess(deviation_db, spread_db)
    gain_db = -min(excess, MOST_CUT_DB) if deviation_db > 0 else min(excess, MOST_BOOST_DB)
    maker = _maker(song.channels, hz)
    track = maker.name if maker and deviation_db > 0 else "bus"
    source = ", ".join(each.title for each in song.style.tone.sources)
    reason = Reason(f"tone: octave around {hz:g} Hz re the genre, dB", deviation_db, 0.0, spread_db, source)
    parameters: tuple[Parameter, ...] = bell(hz, gain_db, Q, MOST_CUT_DB)
    effect = f"the sum comes {abs(gain_db):.1f} dB nearer to its genre around {hz:g} Hz"
    return Suggestion(track, "eq", parameters, reason, min(0.3 + 0.1 * excess, 0.7), effect)


def _maker(channels: Sequence[Channel], hz: float) -> Channel | None:
    """The track that has most of an octave, unless it leads."""
    thirds = dict(OCTAVES)[hz]
    powers: Floats = np.array([each.track.bands[:, thirds].sum() * each.power_gain for each in channels])
    first = int(powers.argmax())
    is_maker = powers[first] >= DOMINANT * powers.sum() and not channels[first].is_lead
    return channels[first] if is_maker else None
