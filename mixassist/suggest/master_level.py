"""How loud a master gets: gain alone where the peaks allow it, a limiter with true peaks where they do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from mixassist.errors import Finding
from mixassist.suggest.advice import MASTER, Parameter, Reason, Suggestion
from mixassist.suggest.delivery import STREAMING, Delivery
from mixassist.suggest.master_chain import LimiterSettings, MasterChain
from mixassist.suggest.master_profile import MasterProfile
from mixassist.suggest.style import StyleCard

TOLERANCE_LU = 0.3
EXACT_LU = 0.1
PEAK_TOLERANCE_DB = 0.05
RELEASE_MS = 100.0
N_TRIALS = 5
STEP = 1.3
"""A limiter at work gives less loudness than gain."""
MAX_LIMITING_DB = 12.0
"""Further, a limiter is no limiter."""
GAIN_RANGE_DB = (-60.0, 60.0)
"""From the loudest songs to the softest target, and from the softest songs to the loudest."""
UNUSED_DB = 3.0
"""Finished songs come nearer to full scale than that below the ceiling, however quiet they are meant to be."""
MIN_RAISE_DB = 1.0
UNHEARD_DB = 2.0
"""What peaks may lose to keep a song's loudness: good limiters take 1 to 3 dB without being heard."""


@dataclass(frozen=True)
class Levelled:
    """A gain or a limiter, where one is needed, and what keeps the song from the loudness that was wanted."""

    suggestions: tuple[Suggestion, ...] = ()
    findings: tuple[Finding, ...] = ()


def unused_headroom(song: MasterProfile, shaped: MasterProfile, style: StyleCard) -> Delivery | None:
    """What gain alone makes of a song that leaves room above its peaks and is quieter than its genre; None elsewhere.

    Quiet peaks are what tells a level too low from a quiet song: platforms' levels are those at which they play, and
    no reason to change a song that uses its headroom.

    Args:
        song: as it came, which decides.
        shaped: as it leaves the chain, which is raised.
        style: its `competitive` loudness is the most that nobody need ask for.
    """
    if song.lufs is None or shaped.lufs is None:
        return None
    usual_lufs, ceiling_dbtp = style.loudness["competitive"].value, STREAMING.ceiling_dbtp
    raise_db = min(ceiling_dbtp - shaped.true_peak_dbtp, usual_lufs - shaped.lufs)
    if ceiling_dbtp - song.true_peak_dbtp < UNUSED_DB or raise_db < MIN_RAISE_DB:
        return None
    note = f"peaks {ceiling_dbtp - song.true_peak_dbtp:.1f} dB below the ceiling, quieter than its genre"
    return Delivery("unused headroom", shaped.lufs + raise_db, ceiling_dbtp, "rule", note)


def own_level(song: MasterProfile, shaped: MasterProfile) -> Delivery:
    """The song's own loudness, as far as peaks that were shaped higher lose no more than a limiter takes unheard."""
    ceiling_dbtp = _own_ceiling_dbtp(song)
    own_lufs, shaped_lufs = (STREAMING.lufs if each.lufs is None else each.lufs for each in (song, shaped))
    lufs = min(own_lufs, shaped_lufs + ceiling_dbtp - shaped.true_peak_dbtp + UNHEARD_DB)
    return Delivery("as it was", lufs, ceiling_dbtp, "rule", "the song keeps its loudness, or its peaks")


def lowered(song: MasterProfile, shaped: MasterProfile) -> Delivery:
    """The loudness that the other axes leave, lower by what they raised the peaks above the ceiling."""
    ceiling_dbtp, lufs = _own_ceiling_dbtp(song), STREAMING.lufs if shaped.lufs is None else shaped.lufs
    over_db = max(shaped.true_peak_dbtp - ceiling_dbtp, 0.0)
    return Delivery("as it was", lufs - over_db, ceiling_dbtp, "rule", "its loudness is left, its peaks are kept")


def _own_ceiling_dbtp(song: MasterProfile) -> float:
    return min(max(song.true_peak_dbtp, STREAMING.ceiling_dbtp), 0.0)


def level_suggestions(
    song: MasterProfile, chain: MasterChain, delivery: Delivery, listen: Callable[[MasterChain], MasterProfile]
) -> Levelled:
    """Gain, or a limiter with its gain, after which the song has the delivery's loudness and true peak.

    Args:
        song: as it leaves `chain`.
        chain: what comes before.
        delivery: where to.
        listen: measures the song after a chain.
    """
    if song.lufs is None:
        return Levelled()
    gain_db = float(np.clip(delivery.lufs - song.lufs, *GAIN_RANGE_DB))
    over_db = song.true_peak_dbtp + gain_db - delivery.ceiling_dbtp
    if over_db > PEAK_TOLERANCE_DB and not _is_there(song, delivery):
        least_db = gain_db - over_db
        start = replace(chain, gain_db=min(gain_db, least_db + MAX_LIMITING_DB, GAIN_RANGE_DB[1]))
        limited, lufs = _limited(song, start, delivery, listen)
        return Levelled((_limiter_suggestion(song, limited, delivery, lufs),), _not_reached(delivery, lufs))
    if _is_there(song, delivery):
        return Levelled()
    lufs = song.lufs + gain_db
    return Levelled((_gain_suggestion(song, gain_db, delivery, lufs),), _not_reached(delivery, lufs))


def _is_there(song: MasterProfile, delivery: Delivery) -> bool:
    """Whether loudness and true peak are the delivery's already."""
    is_low = song.true_peak_dbtp - delivery.ceiling_dbtp <= PEAK_TOLERANCE_DB
    return is_low and song.lufs is not None and abs(delivery.lufs - song.lufs) < TOLERANCE_LU


def _not_reached(delivery: Delivery, lufs: float) -> tuple[Finding, ...]:
    """`target-not-reached`, where the loudness stays off what was wanted."""
    if abs(delivery.lufs - lufs) < TOLERANCE_LU:
        return ()
    why = (
        f"its peaks would lose more than {MAX_LIMITING_DB:g} dB: ask for less loudness or ease the peaks in the mix"
        if lufs < delivery.lufs
        else f"no gain goes below {GAIN_RANGE_DB[0]:g} dB: lower the song first"
    )
    return (Finding("target-not-reached", "warning", f"{lufs:.1f} LUFS instead of {delivery.lufs:.1f}, for {why}"),)


def _limited(
    song: MasterProfile, chain: MasterChain, delivery: Delivery, listen: Callable[[MasterChain], MasterProfile]
) -> tuple[MasterChain, float]:
    """The chain with a limiter, its gain and ceiling corrected by what was heard; and its loudness, as heard."""
    gain_db, ceiling_dbtp, lufs = chain.gain_db, delivery.ceiling_dbtp, delivery.lufs
    most_db = min(delivery.ceiling_dbtp - song.true_peak_dbtp + MAX_LIMITING_DB, GAIN_RANGE_DB[1])
    for _ in range(N_TRIALS):
        chain = replace(chain, gain_db=gain_db, limiter=LimiterSettings(ceiling_dbtp, RELEASE_MS))
        heard = listen(chain)
        lufs = delivery.lufs if heard.lufs is None else heard.lufs
        missing_lu = delivery.lufs - lufs
        excess_db = heard.true_peak_dbtp - delivery.ceiling_dbtp
        if (abs(missing_lu) < EXACT_LU or gain_db >= most_db) and excess_db < PEAK_TOLERANCE_DB:
            break
        gain_db = min(gain_db + STEP * missing_lu, most_db)
        ceiling_dbtp -= max(excess_db, 0)
    return chain, lufs


def _limiter_suggestion(song: MasterProfile, chain: MasterChain, delivery: Delivery, lufs: float) -> Suggestion:
    ceiling_dbtp = chain.limiter.ceiling_dbtp if chain.limiter else delivery.ceiling_dbtp
    limiting_db = song.true_peak_dbtp + chain.gain_db - ceiling_dbtp
    return Suggestion(
        track=MASTER,
        processor="limiter",
        parameters=(
            Parameter("gain", chain.gain_db, "dB", *GAIN_RANGE_DB),
            Parameter("ceiling", ceiling_dbtp, "dBTP", -12.0, 0.0),
            Parameter("release", RELEASE_MS, "ms", 10.0, 1000.0),
        ),
        reason=_reason(song, delivery),
        confidence=0.9 if limiting_db < 4 else 0.6,
        effect=f"{lufs:.1f} LUFS; the highest peaks lose {limiting_db:.1f} dB",
    )


def _gain_suggestion(song: MasterProfile, gain_db: float, delivery: Delivery, lufs: float) -> Suggestion:
    return Suggestion(
        track=MASTER,
        processor="gain",
        parameters=(Parameter("gain", gain_db, "dB", *GAIN_RANGE_DB),),
        reason=_reason(song, delivery),
        confidence=0.95,
        effect=f"{lufs:.1f} LUFS at {song.true_peak_dbtp + gain_db:+.1f} dBTP",
    )


def _reason(song: MasterProfile, delivery: Delivery) -> Reason:
    return Reason(
        "loudness: integrated, and the highest true peak",
        f"{song.lufs:.1f} LUFS, {song.true_peak_dbtp:+.1f} dBTP",
        f"{delivery.name}: {delivery.lufs:.1f} LUFS, {delivery.ceiling_dbtp:.1f} dBTP at most",
        f"{TOLERANCE_LU:.1f} LU",
        delivery.source,
    )
