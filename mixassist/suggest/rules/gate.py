"""Gates: for single drums between whose hits the others are heard."""

from __future__ import annotations

import numpy as np

from mixassist.dsp.decibels import FLOOR_DB, power_to_db
from mixassist.suggest.advice import Parameter, Reason, Suggestion
from mixassist.suggest.multitrack import Channel, Multitrack

GATED = ("kick", "snare", "toms")
QUIET_DB = -40.0
"""Between hits a close microphone may have so much, re its loud hits."""

FOUND_DB = -36.0
"""From here on it is spill: apart from what is allowed, so that what a gate leaves over is not found again."""

LOUDEST_SPILL_DB = -18.0
"""Above, what lies between hits is no spill but playing, or a gate could not tell them apart."""

MOST_RANGE_DB = 20.0
SOURCE = "practice: a gate closes by no more than the spill asks for"


def suggest_gates(song: Multitrack) -> list[Suggestion]:
    """A `gate` for each close drum with spill."""
    found = (_for_channel(each) for each in song.channels if each.instrument in GATED)
    return [suggestion for suggestion in found if suggestion]


def _for_channel(channel: Channel) -> Suggestion | None:
    levels = power_to_db(channel.track.powers)
    sounding = levels[levels > FLOOR_DB + 1]
    if len(sounding) < 100:
        return None
    hits, between = float(np.percentile(sounding, 98)), float(np.percentile(sounding, 30))
    spill = between - hits
    if not FOUND_DB < spill < LOUDEST_SPILL_DB:
        return None
    close_by = min(spill - QUIET_DB, MOST_RANGE_DB)
    reason = Reason("spill between hits re the hits, dB", spill, QUIET_DB, 0.0, SOURCE)
    parameters = (
        Parameter("threshold", (hits + between) / 2, "dB", between, hits),
        Parameter("range", -close_by, "dB", -MOST_RANGE_DB, 0.0),
        Parameter("attack", 1.0, "ms", 0.1, 10.0),
        Parameter("hold", 60.0, "ms", 0.0, 250.0),
        Parameter("release", 120.0, "ms", 20.0, 500.0),
    )
    effect = f"what is heard between hits sinks by {close_by:.0f} dB"
    return Suggestion(channel.name, "gate", parameters, reason, 0.4 * channel.confidence, effect)
