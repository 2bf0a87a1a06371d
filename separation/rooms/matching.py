"""Rooms like that of a recording: what is heard of its room, made anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mixassist.audio.files import probe_audio, read_blocks
from mixassist.dsp.blind_decay import HEARD_HZ, FallCounter, RoomEstimate
from mixassist.dsp.blind_predelay import PredelayMeter
from mixassist.dsp.decay import OCTAVES_HZ
from mixassist.errors import AudioError
from separation.rooms.room import FARTHEST_M, LONGEST_S, NEAREST_M, SHORTEST_S, Room

RATIO_TO_HZ = 8000.0
"""The ratio of direct to reverberant energy is told of all frequencies up to here."""


def room_like(path: Path) -> Room:
    """A room without walls that is first heard when the recording's is, rings as long, and is as loud.

    Octaves above and below those that are heard ring as long as the outermost of these. Times and loudness are those of
    the first channel that tells any.

    Raises:
        AudioError: when the recording cannot be read, or no sound in it is heard to end.
    """
    info = probe_audio(path)
    predelay, falls = PredelayMeter(info.rate), [FallCounter(info.rate) for _ in range(info.n_channels)]
    for block in read_blocks(path):
        predelay.update(block)
        # One by one: channels that differ would sum to a smoother fall than those the estimate was learned from.
        for counter, channel in zip(falls, block, strict=True):
            counter.update(channel[None])
    estimates = (counter.estimate() for counter in falls)
    estimate = next((each for each in estimates if each.rt60_s is not None and each.drr_db is not None), None)
    if estimate is None:
        raise AudioError(f"{path.name} tells no room in {info.seconds:.1f} s: give a recording in which sounds end")
    heard = {hz: time for hz, time in estimate.rt60_by_octave.items() if time is not None}
    octaves = np.log2(sorted(heard))
    times = np.interp(np.log2(OCTAVES_HZ), octaves, [heard[hz] for hz in sorted(heard)])
    rt60_s = tuple(float(time) for time in np.clip(times, SHORTEST_S, LONGEST_S))
    about = f"heard in {len(heard)} of {len(HEARD_HZ)} octaves, confidence {estimate.confidence:.2f}"
    return Room(
        f"like {path.name}",
        rt60_s,
        None,
        _distance_m(estimate, rt60_s),
        about,
        "mixassist.dsp.blind_decay",
        predelay.predelay_s() or 0.0,
    )


def _distance_m(estimate: RoomEstimate, rt60_s: tuple[float, ...]) -> float:
    """Where a room of these times has the ratio that was told.

    An octave is as loud as it is wide and rings long, and 1 m is where the middle ones are as loud as the direct sound.
    """
    edges = np.clip(np.asarray(OCTAVES_HZ) * np.sqrt(2), 0, RATIO_TO_HZ)
    edges[-1] = RATIO_TO_HZ
    widths = np.diff(edges, prepend=0) / RATIO_TO_HZ
    middle_s = Room("", rt60_s).middle_s
    energy_at_1_m = float(np.dot(widths, rt60_s) / middle_s)
    distance_m = 10 ** (-(estimate.drr_db or 0.0) / 20) / np.sqrt(energy_at_1_m)
    return float(np.clip(distance_m, NEAREST_M, FARTHEST_M))
