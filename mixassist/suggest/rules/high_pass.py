"""High-pass filters: where a track holds rumble below its instrument, and only as high as costs next to no loudness."""

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

LOWEST_HZ = 25.0
SOURCE = "practice: usual corners; bounded by the loudness that is lost (K-weighted, BS.1770-4)"


def suggest_high_passes(song: Multitrack) -> list[Suggestion]:
    """A `high_pass` for each track with rumble."""
    found = (_for_channel(each) for each in song.channels)
    return [suggestion for suggestion in found if suggestion]


def lost_loudness_db(bands: Floats, corner_hz: float) -> float:
    """How much loudness a Butterworth high-pass of second order takes from power in third octaves [31]."""
    audible = bands * _k_weights()
    kept = audible / (1 + (corner_hz / np.array(NOMINAL_HZ)) ** 4)
    return float(power_to_db(audible.sum()) - power_to_db(kept.sum()))


def rumble_db(bands: Floats, corner_hz: float) -> float:
    """Power below half the corner re all of it."""
    is_rumble = np.array(NOMINAL_HZ) < corner_hz / 2
    return float(power_to_db(bands[is_rumble].sum()) - power_to_db(bands.sum()))


@lru_cache(maxsize=1)
def _k_weights() -> Floats:
    _, response = scipy.signal.sosfreqz(k_weighting(48000), np.array(NOMINAL_HZ), fs=48000)
    return np.asarray(np.abs(response) ** 2)


def _for_channel(channel: Channel) -> Suggestion | None:
    bands = channel.track.mean_bands
    wanted = CORNER_HZ.get(channel.instrument, DEFAULT_HZ)
    rumble = rumble_db(bands, wanted)
    corners = [wanted * 2 ** (-step / 6) for step in range(12) if wanted * 2 ** (-step / 6) >= LOWEST_HZ]
    corner = next((each for each in corners if lost_loudness_db(bands, each) <= MOST_LOST_DB), None)
    if rumble <= RUMBLE_DB or corner is None:
        return None
    return Suggestion(
        track=channel.name,
        processor="high_pass",
        parameters=(
            Parameter("frequency", round(corner), "Hz", LOWEST_HZ, wanted),
            Parameter("slope", SLOPE_DB, "dB/octave", 6, 24),
        ),
        reason=Reason(f"rumble below {wanted / 2:.0f} Hz re the track, dB", rumble, RUMBLE_DB, 0.0, SOURCE),
        confidence=0.8 * channel.confidence,
        effect=f"rumble goes, and {lost_loudness_db(bands, corner):.2f} dB of loudness with it",
    )
