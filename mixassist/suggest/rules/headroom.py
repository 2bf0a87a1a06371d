"""Gain staging: the sum comes to the master with room, and leaves it below the ceiling.

What is expected of the sum comes from the tracks' peaks; a sum that stays below full scale is left alone, for stems of
finished songs come near it. What the master leaves is heard in the whole mix, so what is said of it is so.
"""

from __future__ import annotations

from itertools import groupby

from mixassist.dsp.decibels import amplitude_to_db
from mixassist.dsp.hops import Floats
from mixassist.suggest.advice import BUS, MASTER, Parameter, Reason, Suggestion
from mixassist.suggest.delivery import STREAMING
from mixassist.suggest.master_level import unused_headroom
from mixassist.suggest.master_profile import MasterProfile
from mixassist.suggest.multitrack import Channel, Multitrack
from mixassist.suggest.style import StyleCard
from mixassist.suggest.track import padded_sum

TARGET_DBFS, TOLERANCE_DB = -6.0, 6.0
MAX_RAISE_DB = 24.0
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


def suggest_mix_gain(mix: MasterProfile, style: StyleCard, is_changed: bool) -> list[Suggestion]:
    """A `gain` of the master: down to the ceiling, or up where the mix leaves its headroom unused.

    Args:
        mix: the whole, as it leaves the master's tone and dynamics.
        style: whose usual loudness is the most that nobody need ask for.
        is_changed: whether anything else is suggested; if not, peaks up to full scale are left as they came.
    """
    if mix.lufs is None:
        return []
    over_db = mix.true_peak_dbtp - STREAMING.ceiling_dbtp
    if over_db > 0 and (is_changed or mix.true_peak_dbtp > 0):
        return [_mix_gain(mix, mix.lufs, -over_db, f"{STREAMING.ceiling_dbtp:g} dBTP at most: {STREAMING.source}")]
    raised = unused_headroom(mix, mix, style)
    if raised is None:
        return []
    return [_mix_gain(mix, mix.lufs, min(raised.lufs - mix.lufs, MAX_RAISE_DB), raised.source)]


def _mix_gain(mix: MasterProfile, lufs: float, gain_db: float, source: str) -> Suggestion:
    after = f"{lufs + gain_db:.1f} LUFS at {mix.true_peak_dbtp + gain_db:+.1f} dBTP"
    measured = f"{lufs:.1f} LUFS, {mix.true_peak_dbtp:+.1f} dBTP"
    rule = "loudness of the whole mix: integrated, and the highest true peak"
    parameters = (Parameter("gain", gain_db, "dB", -40.0, MAX_RAISE_DB),)
    return Suggestion(MASTER, "gain", parameters, Reason(rule, measured, after, "0 dB", source), 0.95, after)


def _family(channel: Channel) -> str:
    return channel.family


def _family_peaks(channels: list[Channel]) -> Floats:
    """The highest sum [n_hops] of tracks that may be microphones on one instrument, whose peaks come together."""
    return padded_sum([each.track.peaks * each.power_gain**0.5 for each in channels])
