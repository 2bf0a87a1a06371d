"""What a master's advice cannot mend, said beside it: squashed dynamics, hard limiting, a mix that wants a mixer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mixassist.errors import Finding
from mixassist.suggest.advice import Suggestion
from mixassist.suggest.compressor_fit import distance_db
from mixassist.suggest.master_profile import MasterProfile
from mixassist.suggest.reference import MasterTarget

MANY_DB = 4.0
"""A wish for more of an equaliser or a limiter in a master is a fault of the mix."""
SQUASHED_DB = 1.0
N_SPREADS = 2.0
STRANGER = 0.9


def master_findings(
    song: MasterProfile, shaped: MasterProfile, target: MasterTarget, suggestions: Sequence[Suggestion]
) -> Iterator[Finding]:
    """`squashed`, `big-equaliser`, `hard-limiting` and `other-piece`; `shaped` is the song before the limiter."""
    squashed = _squashed(song, target)
    if squashed:
        yield Finding("squashed", "warning", f"{squashed}: no master brings that back, ease what limits the mix")
    boosts = [each for each in suggestions if each.processor == "eq" and abs(each.number("gain")) > MANY_DB]
    if boosts:
        places = ", ".join(f"{each.number('frequency'):.0f} Hz" for each in boosts)
        yield Finding("big-equaliser", "info", f"more than {MANY_DB:g} dB at {places}: better mended in the mix")
    for each in suggestions:
        if (
            each.processor == "limiter"
            and shaped.true_peak_dbtp + each.number("gain") - each.number("ceiling") > MANY_DB
        ):
            yield Finding("hard-limiting", "warning", f"peaks lose more than {MANY_DB:g} dB: ask for less loudness")
    if target.levels_db is not None and target.strangeness > STRANGER:
        yield Finding(
            "other-piece",
            "info",
            "the reference is another piece of music: only what lies outside the spread of such songs is moved",
        )


def _squashed(song: MasterProfile, target: MasterTarget) -> str:
    """How far dynamics are below the target's, empty where they are not."""
    if target.levels_db is not None:
        apart_db = float(distance_db(song.levels_db, target.levels_db))
        is_less = target.levels_db[-2] - song.levels_db[-2] > SQUASHED_DB
        return f"its levels spread less than the reference's ({apart_db:.1f} dB rms)" if is_less else ""
    least_db = target.plr_db - N_SPREADS * target.plr_spread_db
    if song.plr_db is None or song.plr_db >= least_db:
        return ""
    return f"peaks only {song.plr_db:.1f} dB over its loudness, where its genre has {least_db:.1f} dB and more"
