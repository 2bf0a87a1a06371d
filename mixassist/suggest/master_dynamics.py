"""The rule for the dynamics of a master: a compressor where too much is left, heard before it is suggested.

Levels tell more than a ratio of peak to loudness does, but only a reference has them; of a genre nothing is known but
that ratio (PLR). So the compressor is fitted to levels, asked for by peaks where there are no others, and has to bring
down what asked for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mixassist.dsp.compressor import CompressorSettings
from mixassist.dsp.hops import Floats
from mixassist.suggest.advice import MASTER, Parameter, Reason, Suggestion
from mixassist.suggest.compressor_fit import LOUD_DB, RATIOS, distance_db, fit_compressor, with_make_up
from mixassist.suggest.evidence import weigh_number
from mixassist.suggest.faults import LEVELS_FAULT_DB, PEAK_FAULT_DB
from mixassist.suggest.master_profile import QUANTILES, MasterProfile
from mixassist.suggest.reference import MasterTarget

Listen = Callable[[CompressorSettings], MasterProfile]
MIN_HOPS = 300
"""Of 10 ms: shorter songs tell no dynamics."""
MIN_DYNAMICS_DB = 0.3
"""Smaller differences are not heard, or not meant."""
MAX_EXCESS_DB = 6.0
"""The most a compressor may take from the peaks of a master of which only the genre is known."""
MIN_SHARE = 0.25
"""Of what is too much, what a compressor must be heard to take away to be worth its place."""


@dataclass(frozen=True, eq=False)
class Excess:
    """Dynamics that are too much: by how many dB, how likely that is a fault, and the levels [40] to come to."""

    db: float
    probability: float
    wanted_db: Floats


def compressor_suggestions(
    song: MasterProfile, target: MasterTarget, amount: float, listen: Listen
) -> tuple[Suggestion, ...]:
    """A compressor, where levels spread further than the target's; what was squashed, none can bring back.

    Args:
        song: as it comes to the compressor.
        target: its levels count where they are known, its PLR elsewhere.
        amount: 0 to 1.
        listen: measures the song after a compressor.
    """
    if amount == 0 or len(song.hop_power) < MIN_HOPS or song.lufs is None:
        return ()
    excess = _excess(song, target)
    gap_db = float(distance_db(song.levels_db, excess.wanted_db))
    if gap_db < MIN_DYNAMICS_DB or _spread(song.levels_db) <= _spread(excess.wanted_db):
        return ()
    settings = _eased(fit_compressor(song.hop_power, excess.wanted_db).settings, song, amount)
    heard = listen(settings)
    gone_db = _gone_db(song, heard, target, excess)
    if gone_db < amount * max(MIN_SHARE * excess.db, MIN_DYNAMICS_DB):
        return ()
    return (_suggestion(settings, excess, (song, heard), target),)


def _excess(song: MasterProfile, target: MasterTarget) -> Excess:
    """What is too much of levels' spread, or of peaks over loudness; 0 where nothing is, or too little."""
    levels = song.levels_db
    if target.levels_db is not None:
        gap_db = float(distance_db(levels, target.levels_db))
        share = max(gap_db - target.dynamics_tolerance_db, 0) / max(gap_db, 1e-9)
        ordinary_db = math.hypot(target.dynamics_tolerance_db, MIN_DYNAMICS_DB)
        evidence = weigh_number(gap_db, ordinary_db, LEVELS_FAULT_DB, target.priors.peaks)
        return Excess(share * gap_db, evidence.probability, levels + share * (target.levels_db - levels))
    off_db = (song.plr_db or target.plr_db) - target.plr_db
    evidence = weigh_number(off_db, target.plr_spread_db, PEAK_FAULT_DB, target.priors.peaks)
    excess_db = min(max(float(evidence.expected[0]), 0.0), MAX_EXCESS_DB)
    return Excess(excess_db, evidence.probability, _lowered_peaks_db(levels, excess_db))


def _lowered_peaks_db(levels_db: Floats, excess_db: float) -> Floats:
    """The levels [40] with the highest lower by that much, what is above the middle in proportion."""
    middle = float(levels_db[len(QUANTILES) // 2])
    above = np.maximum(levels_db - middle, 0)
    if above[-1] < 1:
        return levels_db
    wanted = levels_db - above * excess_db / above[-1]
    return np.asarray(wanted - wanted.mean())


def _eased(settings: CompressorSettings, song: MasterProfile, amount: float) -> CompressorSettings:
    """The compressor with a part of its effect in dB."""
    if amount == 1:
        return settings
    ratio = 1 / (1 - amount * (1 - 1 / settings.ratio))
    return with_make_up(replace(settings, ratio=ratio), song.hop_power)


def _gone_db(song: MasterProfile, heard: MasterProfile, target: MasterTarget, excess: Excess) -> float:
    """How much of the excess the compressor was heard to take away."""
    if target.levels_db is not None:
        before_db, after_db = (float(distance_db(each.levels_db, excess.wanted_db)) for each in (song, heard))
        return before_db - after_db
    return (song.plr_db or 0.0) - (heard.plr_db or 0.0)


def _suggestion(
    settings: CompressorSettings, excess: Excess, heard: tuple[MasterProfile, MasterProfile], target: MasterTarget
) -> Suggestion:
    loudest_db = float(heard[0].hops_db.max())
    return Suggestion(
        track=MASTER,
        processor="compressor",
        parameters=(
            Parameter("threshold", settings.threshold_db, "dB", min(loudest_db - LOUD_DB, -60.0), max(loudest_db, 0.0)),
            Parameter("ratio", settings.ratio, "", 1.0, max(RATIOS)),
            Parameter("attack", settings.attack_ms, "ms", 5.0, 100.0),
            Parameter("release", settings.release_ms, "ms", 50.0, 1000.0),
            Parameter("knee", settings.knee_db, "dB", 0.0, 24.0),
            Parameter("make_up", settings.make_up_db, "dB", 0.0, LOUD_DB),
        ),
        reason=_reason(heard[0], target),
        confidence=excess.probability,
        effect=_effect(*heard, target),
    )


def _reason(song: MasterProfile, target: MasterTarget) -> Reason:
    if target.levels_db is not None:
        apart_db = float(distance_db(song.levels_db, target.levels_db))
        return Reason(
            "dynamics: how levels spread",
            f"levels of 50 ms {apart_db:.1f} dB apart (rms over quantiles)",
            f"{target.name}: 0 dB",
            f"{max(target.dynamics_tolerance_db, MIN_DYNAMICS_DB):.1f} dB",
            target.sources.dynamics,
        )
    return Reason(
        "dynamics: true peak over loudness (PLR)",
        f"{song.plr_db:.1f} dB",
        f"{target.name}: {target.plr_db:.1f} dB",
        f"{target.plr_spread_db:.1f} dB (one standard deviation)",
        target.sources.dynamics,
    )


def _effect(song: MasterProfile, heard: MasterProfile, target: MasterTarget) -> str:
    if target.levels_db is not None:
        before_db, after_db = (float(distance_db(each.levels_db, target.levels_db)) for each in (song, heard))
        return f"levels come {before_db - after_db:.1f} dB nearer, as quiet and loud move together"
    return f"peaks {heard.plr_db:.1f} dB over the loudness instead of {song.plr_db:.1f}"


def _spread(levels_db: Floats) -> float:
    return float(levels_db[-2] - levels_db[len(levels_db) // 4])
