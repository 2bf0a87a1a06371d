"""Rules for the sound of a master: tone, width and dynamics, each toward its target as far as a fault is likely.

The middle of a genre is no place a song has to be: what finished songs differ by is weighed against what goes wrong,
and only the fault to be expected is taken away. From the same piece as reference nothing differs, so it is met.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixassist.dsp.compressor import CompressorSettings
from mixassist.dsp.hops import Floats
from mixassist.dsp.parametric import EqBand
from mixassist.suggest.advice import MASTER, Parameter, Reason, Suggestion
from mixassist.suggest.compressor_fit import CompressorFit, distance_db, fit_compressor, with_make_up
from mixassist.suggest.evidence import weigh, weigh_number
from mixassist.suggest.faults import PEAK_FAULT_DB, WIDTH_FAULT_DB, tone_faults
from mixassist.suggest.master_profile import BANDS_HZ, QUANTILES, MasterProfile
from mixassist.suggest.reference import MIN_BANDS, MasterTarget, tone_gap_db, usable_bands
from mixassist.suggest.song_target import ALIGNED_HZ
from mixassist.suggest.tone_fit import MAX_GAIN_DB, Q_RANGE, Curve, FitLimits, fit_bands

MIN_TONE_DB = 0.3
MIN_WIDTH_DB = 1.0
MIN_DYNAMICS_DB = 0.3
"""Smaller differences are not heard, or not meant."""
STRANGE_TONE_DB = 0.5
STRANGE_LIMITS = FitLimits(n_bands=3, max_q=1.2, min_gain_db=0.75, max_gain_db=6.0)
"""Toward another piece and toward a genre: few bands, wide ones, and none that would be hard to hear."""
WIDTH_RANGE_DB = (-12.0, 12.0)
MONO_DB = -45.0
"""Sides below that are an encoder's noise: nothing to widen."""
MAX_EXCESS_DB = 6.0
"""The most a compressor may take from the peaks of a master of which only the genre is known."""
MIN_SHARE = 0.3
"""Of the difference in dynamics, what a compressor must take away to be worth its place."""


@dataclass(frozen=True, eq=False)
class HeardTone:
    """How far a song is off its target [F] at the bands that are heard [F], and how likely that is a fault."""

    hz: Floats
    off_db: Floats
    target: MasterTarget
    probability: float


def tone_suggestions(song: MasterProfile, target: MasterTarget, amount: float) -> tuple[Suggestion, ...]:
    """Bands of an equaliser, one suggestion each."""
    usable = usable_bands(song, target.tone_db)
    gap, hz = tone_gap_db(song, target)[usable], BANDS_HZ[usable]
    if len(gap) < MIN_BANDS or np.isnan(gap).any() or amount == 0:
        return ()
    evidence = weigh(-gap, target.tone_covariance[np.ix_(usable, usable)], _aligned_faults(hz), target.priors.tone)
    curve = Curve(-evidence.expected, np.ones(len(gap)), hz, song.rate)
    if curve.rms_db() < MIN_TONE_DB + target.strangeness * (STRANGE_TONE_DB - MIN_TONE_DB):
        return ()
    heard = HeardTone(hz, -gap, target, evidence.probability)
    return tuple(_band_suggestion(band, amount, heard) for band in fit_bands(curve, _limits(target.strangeness)))


def _aligned_faults(hz: Floats) -> Floats:
    """Faults of tone [F, F] at bands that were laid over the target's in the middle."""
    middle = (hz >= ALIGNED_HZ[0]) & (hz <= ALIGNED_HZ[1])
    aligned = np.eye(len(hz)) - middle / max(middle.sum(), 1)
    return np.asarray(aligned @ tone_faults(hz) @ aligned.T)


def _limits(strangeness: float) -> FitLimits:
    """Everything for the same piece; little and wide for a stranger's."""
    same, strange, share = vars(FitLimits()), vars(STRANGE_LIMITS), 1 - strangeness
    between = {name: strange[name] + share * (same[name] - strange[name]) for name in same}
    return FitLimits(**{**between, "n_bands": round(between["n_bands"])})


def _band_suggestion(band: EqBand, amount: float, heard: HeardTone) -> Suggestion:
    gain_db = amount * band.gain_db
    place = int(np.argmin(np.abs(np.log(heard.hz / band.hz))))
    spread_db = heard.target.tone_spread_db[np.searchsorted(BANDS_HZ, heard.hz[place])]
    low_q, high_q = Q_RANGE[band.kind]
    return Suggestion(
        track=MASTER,
        processor="eq",
        parameters=(
            Parameter("type", band.kind),
            Parameter("frequency", band.hz, "Hz", 20.0, 20000.0),
            Parameter("gain", gain_db, "dB", -MAX_GAIN_DB, MAX_GAIN_DB),
            Parameter("q", band.q, "", low_q, high_q),
        ),
        reason=Reason(
            "tone: third octaves of the mid channel, laid over the target's between 200 Hz and 5 kHz",
            f"{heard.off_db[place]:+.1f} dB re the target at {heard.hz[place]:g} Hz",
            f"{heard.target.name}: 0 dB",
            f"{spread_db:.1f} dB (one standard deviation)",
            heard.target.source,
        ),
        confidence=heard.probability,
        effect=f"{'more' if gain_db > 0 else 'less'} {_region(band)}: {gain_db:+.1f} dB around {band.hz:.0f} Hz",
    )


def width_suggestions(song: MasterProfile, target: MasterTarget, amount: float) -> tuple[Suggestion, ...]:
    """A gain of the side channel."""
    if song.width_db is None or target.width_db is None or amount == 0:
        return ()
    if min(song.width_db, target.width_db) < MONO_DB:
        return ()
    off_db = song.width_db - target.width_db
    evidence = weigh_number(off_db, target.width_spread_db, WIDTH_FAULT_DB, target.priors.width)
    wanted = float(-evidence.expected[0])
    if abs(wanted) < MIN_WIDTH_DB:
        return ()
    side_db = float(np.clip(amount * wanted, *WIDTH_RANGE_DB))
    return (
        Suggestion(
            track=MASTER,
            processor="width",
            parameters=(Parameter("side", side_db, "dB", *WIDTH_RANGE_DB),),
            reason=Reason(
                "width: power of the side over that of the mid channel",
                f"{song.width_db:.1f} dB",
                f"{target.name}: {target.width_db:.1f} dB",
                f"{target.width_spread_db:.1f} dB (one standard deviation)",
                target.source,
            ),
            confidence=evidence.probability,
            effect=f"{'wider' if side_db > 0 else 'narrower'}: side over mid {song.width_db + side_db:.1f} dB",
        ),
    )


def compressor_suggestions(song: MasterProfile, target: MasterTarget, amount: float) -> tuple[Suggestion, ...]:
    """A compressor, where levels spread further than the target's; what was squashed, none can bring back."""
    if amount == 0 or len(song.hop_power) < 300 or song.lufs is None:
        return ()
    wanted = wanted_levels_db(song, target)
    gap_db = float(distance_db(song.levels_db, wanted))
    if gap_db < MIN_DYNAMICS_DB or _spread(song.levels_db) <= _spread(wanted):
        return ()
    fit = fit_compressor(song.hop_power, wanted)
    if fit.after_db > (1 - MIN_SHARE) * fit.before_db:
        return ()
    settings = fit.settings
    if amount < 1:
        ratio = 1 / (1 - amount * (1 - 1 / settings.ratio))
        settings = with_make_up(CompressorSettings(**vars(settings) | {"ratio": ratio}), song.hop_power)
    return (_compressor_suggestion(settings, fit, song, target),)


def wanted_levels_db(song: MasterProfile, target: MasterTarget) -> Floats:
    """The spread of levels to come to: quantiles [40] around their mean."""
    levels = song.levels_db
    if target.levels_db is not None:
        gap_db = float(distance_db(levels, target.levels_db))
        share = max(gap_db - target.dynamics_tolerance_db, 0) / max(gap_db, 1e-9)
        return np.asarray(levels + share * (target.levels_db - levels))
    excess = _excess_db(song, target)
    middle = float(levels[len(QUANTILES) // 2])
    above = np.maximum(levels - middle, 0)
    if excess <= 0 or above[-1] < 1:
        return levels
    wanted = levels - above * min(excess, MAX_EXCESS_DB) / above[-1]
    return np.asarray(wanted - wanted.mean())


def _excess_db(song: MasterProfile, target: MasterTarget) -> float:
    """What is to be expected too much of the peaks over the loudness; negative where there is too little."""
    off_db = (song.plr_db or target.plr_db) - target.plr_db
    return float(weigh_number(off_db, target.plr_spread_db, PEAK_FAULT_DB, target.priors.peaks).expected[0])


def _compressor_suggestion(
    settings: CompressorSettings, fit: CompressorFit, song: MasterProfile, target: MasterTarget
) -> Suggestion:
    by_levels = target.levels_db is not None
    measured = (
        f"levels of 50 ms {fit.before_db:.1f} dB apart (rms over quantiles)" if by_levels else f"{song.plr_db:.1f} dB"
    )
    wanted = "0 dB" if by_levels else f"{target.plr_db:.1f} dB"
    tolerance = max(target.dynamics_tolerance_db, MIN_DYNAMICS_DB) if by_levels else target.plr_spread_db
    return Suggestion(
        track=MASTER,
        processor="compressor",
        parameters=(
            Parameter("threshold", settings.threshold_db, "dB", -60.0, 0.0),
            Parameter("ratio", settings.ratio, "", 1.0, 4.0),
            Parameter("attack", settings.attack_ms, "ms", 5.0, 100.0),
            Parameter("release", settings.release_ms, "ms", 50.0, 1000.0),
            Parameter("knee", settings.knee_db, "dB", 0.0, 24.0),
            Parameter("make_up", settings.make_up_db, "dB", 0.0, 24.0),
        ),
        reason=Reason(
            "dynamics: how levels spread" if by_levels else "dynamics: true peak over loudness (PLR)",
            measured,
            f"{target.name}: {wanted}",
            f"{tolerance:.1f} dB",
            target.source,
        ),
        confidence=_confidence(fit.before_db, fit.after_db),
        effect=f"levels come {fit.before_db - fit.after_db:.1f} dB nearer, as quiet and loud move together",
    )


def _spread(levels_db: Floats) -> float:
    return float(levels_db[-2] - levels_db[len(levels_db) // 4])


def _confidence(deviation: float, tolerance: float) -> float:
    """0.5 at the edge of the tolerance, toward 1 far outside or where nothing else is tolerated."""
    return float(np.clip(1 - 0.5 * tolerance / max(deviation, tolerance, 1e-9), 0, 0.99))


def _region(band: EqBand) -> str:
    names = ((60, "sub"), (250, "bass"), (500, "low mids"), (2000, "mids"), (6000, "presence"))
    return next((name for hz, name in names if band.hz < hz), "air")
