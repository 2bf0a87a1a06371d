"""Gain staging: the sum comes to the master with room, where its peaks are to be expected above full scale.

A sum that stays below full scale is left alone: stems of finished songs come near it. What its peaks really are, and
that they end below the ceiling, `mix_master` hears in the whole mix.
"""

from __future__ import annotations

from itertools import groupby

from mixassist.dsp.decibels import amplitude_to_db
from mixassist.dsp.hops import Floats
from mixassist.suggest.advice import BUS, Parameter, Reason, Suggestion
from mixassist.suggest.multitrack import Channel, Multitrack
from mixassist.suggest.track import padded_sum

TARGET_DBFS, TOLERANCE_DB = -6.0, 6.0
SOURCE = "practice: some 6 dB of headroom before the master; peaks of one family add as amplitudes, families as powers"


def suggest_bus_gain(song: Multitrack) -> list[Suggestion]:
    """A `gain` of the bus where the sum is expected above full scale."""
    families = [_family_peaks(list(members)) for _, members in groupby(sorted(song.channels, key=_family), _family)]
    peak = padded_sum([peaks**2 for peaks in families]).max(initial=0.0) ** 0.5
    peak_dbfs = float(amplitude_to_db(peak))
    if peak_dbfs <= TARGET_DBFS + TOLERANCE_DB:
        return []
    move = TARGET_DBFS - peak_dbfs
    reason = Reason("headroom: expected peak of the sum, dBFS", peak_dbfs, TARGET_DBFS, TOLERANCE_DB, SOURCE)
    parameters = (Parameter("gain", move, "dB", -40.0, 0.0),)
    effect = f"peaks of the sum are expected near {TARGET_DBFS:g} dBFS before the master"
    return [Suggestion(BUS, "gain", parameters, reason, 0.8, effect)]


def _family(channel: Channel) -> str:
    return channel.family


def _family_peaks(channels: list[Channel]) -> Floats:
    """The highest sum [n_hops] of tracks that may be microphones on one instrument, whose peaks come together."""
    return padded_sum([each.track.peaks * each.power_gain**0.5 for each in channels])
