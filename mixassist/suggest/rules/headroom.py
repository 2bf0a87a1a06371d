"""Gain staging: the sum leaves room for the master.

A sum that stays below full scale is left alone: stems of finished songs come near it.
"""

from __future__ import annotations

from mixassist.dsp.decibels import amplitude_to_db
from mixassist.suggest.advice import BUS, Parameter, Reason, Suggestion
from mixassist.suggest.multitrack import Multitrack
from mixassist.suggest.track import padded_sum

TARGET_DBFS, TOLERANCE_DB = -6.0, 6.0
SOURCE = "practice: some 6 dB of headroom before the master; from peaks of tracks that are added as powers"


def suggest_bus_gain(song: Multitrack) -> list[Suggestion]:
    """A `gain` of the bus where the sum would come near full scale."""
    peak = padded_sum([each.track.peaks**2 * each.power_gain for each in song.channels]).max(initial=0.0) ** 0.5
    peak_dbfs = float(amplitude_to_db(peak))
    if peak_dbfs <= TARGET_DBFS + TOLERANCE_DB:
        return []
    move = TARGET_DBFS - peak_dbfs
    reason = Reason("headroom: expected peak of the sum, dBFS", peak_dbfs, TARGET_DBFS, TOLERANCE_DB, SOURCE)
    parameters = (Parameter("gain", move, "dB", -40.0, 0.0),)
    return [Suggestion(BUS, "gain", parameters, reason, 0.8, "the sum cannot clip before the master")]
