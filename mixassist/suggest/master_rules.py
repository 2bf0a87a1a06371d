"""Rules for the tone and width of a master, each toward its target as far as a fault is likely.

The middle of a genre is no place a song has to be: what finished songs differ by is weighed against what goes wrong,
and only the fault to be expected is taken away. From the same piece as reference nothing differs, so it is met.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixassist.dsp.hops import Floats
from mixassist.dsp.parametric import EqBand
from mixassist.suggest.advice import MASTER, Parameter, Reason, Suggestion
from mixassist.suggest.evidence import weigh, weigh_number
from mixassist.suggest.faults import WIDTH_FAULT_DB, tone_faults
from mixassist.suggest.master_profile import BANDS_HZ, MasterProfile
from mixassist.suggest.reference import MIN_BANDS, MasterTarget, tone_gap_db, usable_bands
from mixassist.suggest.style import ALIGNED_HZ
from mixassist.suggest.tone_fit import MAX_GAIN_DB, Q_RANGE, Curve, FitLimits, fit_bands

MIN_TONE_DB = 0.3
MIN_WIDTH_DB = 1.0
"""Smaller differences are not heard, or not meant."""
STRANGE_TONE_DB = 0.5
STRANGE_LIMITS = FitLimits(n_bands=3, max_q=1.2, min_gain_db=0.75, max_gain_db=6.0)
"""Toward another piece and toward a genre: few bands, wide ones, and none that would be hard to hear."""
WIDTH_RANGE_DB = (-12.0, 12.0)
MONO_DB = -45.0
"""Sides below that are an encoder's noise: nothing to widen."""


@dataclass(frozen=True, eq=False)
class HeardTone:
    """How far a song is off its target [F] at the bands that are heard [F], and how likely that is a fault."""

    hz: Floats
    off_db: Floats
    target: MasterTarget
    probability: float


def tone_suggestions(song: MasterProfile, target: MasterTarget, amount: float) -> tuple[Suggestion, ...]:
    """Bands of an equaliser, one suggestion each; none where the channels cancel."""
    if song.is_askew:
        return ()
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
            heard.target.sources.tone,
        ),
        confidence=heard.probability,
        effect=f"{'more' if gain_db > 0 else 'less'} {_region(band)}: {gain_db:+.1f} dB around {band.hz:.0f} Hz",
    )


def width_suggestions(song: MasterProfile, target: MasterTarget, amount: float) -> tuple[Suggestion, ...]:
    """A gain of the side channel; none where the channels cancel."""
    if song.is_askew or song.width_db is None or target.width_db is None or amount == 0:
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
                target.sources.width,
            ),
            confidence=evidence.probability,
            effect=f"{'wider' if side_db > 0 else 'narrower'}: side over mid {song.width_db + side_db:.1f} dB",
        ),
    )


def _region(band: EqBand) -> str:
    names = ((60, "sub"), (250, "bass"), (500, "low mids"), (2000, "mids"), (6000, "presence"))
    return next((name for hz, name in names if band.hz < hz), "air")
