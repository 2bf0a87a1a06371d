"""Rooms like that of a recording: what is heard of its room, made anew."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mixassist.audio.files import probe_audio, read_blocks
from mixassist.dsp.blind_decay import HEARD_HZ, estimate_room
from mixassist.dsp.decay import OCTAVES_HZ
from mixassist.errors import AudioError
from separation.rooms.room import LONGEST_S, SHORTEST_S, Room


def room_like(path: Path) -> Room:
    """A room without walls that rings as long as the recording's and is as loud against the direct sound.

    Raises:
        AudioError: when the recording cannot be read, or no sound in it is heard to end.
    """
    info = probe_audio(path)
    estimate = estimate_room(read_blocks(path), info.rate, info.n_channels)
    if estimate.rt60_s is None or estimate.drr_db is None:
        raise AudioError(f"{path.name} tells no room in {info.seconds:.1f} s: give a recording in which sounds end")
    heard = {hz: time for hz, time in estimate.rt60_by_octave.items() if time is not None}
    octaves = np.log2(sorted(heard))
    times = np.interp(np.log2(OCTAVES_HZ), octaves, [heard[hz] for hz in sorted(heard)])
    rt60_s = tuple(float(time) for time in np.clip(times, SHORTEST_S, LONGEST_S))
    about = f"heard in {len(heard)} of {len(HEARD_HZ)} octaves, confidence {estimate.confidence:.2f}"
    distance_m = float(10 ** (-estimate.drr_db / 20))
    return Room(f"like {path.name}", rt60_s, None, distance_m, about, "mixassist.dsp.blind_decay")
