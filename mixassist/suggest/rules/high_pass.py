"""High-pass filters: where a track holds rumble below its instrument, and only as high as costs next to no loudness.

One of 12 dB per octave, or two in a row where one leaves rumble; none where two do, for nothing is cured then.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.signal

from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats
from mixassist.dsp.loudness import k_weighting
from mixassist.dsp.third_octaves import NOMINAL_HZ
from mixassist.suggest.advice import Parameter, Reason, Suggestion
from mixassist.suggest.multitrack import Channel, Multitrack

CORNER_HZ = {
    **{
        "kick": 30.0,
        "snare": 90.0,
        "toms": 50.0,
        "hi-hat": 250.0,
        "cymbals": 150.0,
        "drums": 30.0,
        "percussion": 100.0,
    },
    **{"bass": 35.0, "double bass": 35.0, "synth bass": 30.0, "lead vocal": 90.0, "backing vocal": 130.0},
    **{"distorted electric guitar": 90.0, "clean electric guitar": 90.0, "acoustic guitar": 90.0, "piano": 50.0},
    **{"keys": 80.0, "synth": 80.0, "strings": 90.0, "fx": 150.0},
}
"""Usual corners (practitioners' prior); of other instruments, `DEFAULT_HZ`."""

DEFAULT_HZ = 40.0
SLOPE_DB = 12
MOST_LOST_DB = 0.1
RUMBLE_DB = -30.0
"""Below half the corner, re the whole track: less than this is no fault."""

SPARE_DB = 2.0
"""What is left lies so far below that: apart from it, so that it is not found again."""

LOWEST_HZ = 25.0
SOURCE = "practice: usual corners; bounded by the loudness that is lost (K-weighted, BS.1770-4)"


def suggest_high_passes(song: Multitrack) -> list[Suggestion]:
    """One or two `high_pass` for each track with rumble."""
    return [suggestion for channel in song.channels for suggestion in _for_channel(channel)]


def lost_loudness_db(bands: Floats, corner_hz: float, n_filters: int = 1) -> float:
    """How much loudness Butterworth high-passes of second order take from power in third octaves [31]."""
    audible = bands * _k_weights()
    return float(power_to_db(audible.sum()) - power_to_db(high_passed(audible, corner_hz, n_filters).sum()))


def high_passed(bands: Floats, corner_hz: float, n_filters: int = 1) -> Floats:
    """What these filters leave of power in third octaves [31]."""
    return np.asarray(bands / (1 + (corner_hz / np.array(NOMINAL_HZ)) ** 4) ** n_filters)


def rumble_db(bands: Floats, corner_hz: float) -> float:
    """Power below half the corner re all of it."""
    is_rumble = np.array(NOMINAL_HZ) < corner_hz / 2
    return float(power_to_db(bands[is_rumble].sum()) - power_to_db(bands.sum()))


@lru_cache(maxsize=1)
def _k_weights() -> Floats:
    _, response = scipy.signal.sosfreqz(k_weighting(48000), np.array(NOMINAL_HZ), fs=48000)
    return np.asarray(np.abs(response) ** 2)


def _for_channel(channel: Channel) -> list[Suggestion]:
    bands = channel.track.mean_bands
    wanted = CORNER_HZ.get(channel.instrument, DEFAULT_HZ)
    rumble = rumble_db(bands, wanted)
    cure = _cure(bands, wanted)
    if rumble <= RUMBLE_DB or cure is None:
        return []
    corner, n_filters = cure
    suggestion = Suggestion(
        track=channel.name,
        processor="high_pass",
        parameters=(
            Parameter("frequency", round(corner), "Hz", LOWEST_HZ, wanted),
            Parameter("slope", SLOPE_DB, "dB/octave", 6, 24),
        ),
        reason=Reason(f"rumble below {wanted / 2:.0f} Hz re the track, dB", rumble, RUMBLE_DB, 0.0, SOURCE),
        confidence=0.8 * channel.confidence,
        effect=f"rumble goes, and {lost_loudness_db(bands, corner, n_filters):.2f} dB of loudness with it",
    )
    return [suggestion] * n_filters


def _cure(bands: Floats, wanted_hz: float) -> tuple[float, int] | None:
    """The highest corner that costs no loudness and leaves no rumble, and how many filters that takes."""
    corners = [wanted_hz * 2 ** (-step / 6) for step in range(12)]
    for n_filters in (1, 2):
        for corner in corners:
            if corner >= LOWEST_HZ and lost_loudness_db(bands, corner, n_filters) <= MOST_LOST_DB:
                if rumble_db(high_passed(bands, corner, n_filters), wanted_hz) <= RUMBLE_DB - SPARE_DB:
                    return corner, n_filters
                break
    return None
