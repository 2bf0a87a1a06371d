"""`Room`: what a synthesised room is made from, and the rooms that come with mixassist."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType

import numpy as np

from mixassist.dsp.decay import MIDDLE_HZ, OCTAVES_HZ
from mixassist.errors import OptionError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SHORTEST_S, LONGEST_S = 0.1, 20.0


@dataclass(frozen=True)
class Room:
    """A room: RT60 per octave in seconds, edges of its shoebox in metres (none: no walls, as a plate), and a distance.

    Raises:
        OptionError: for reverberation times nobody can synthesise.
    """

    name: str
    rt60_s: tuple[float, ...]
    size_m: tuple[float, float, float] | None = None
    distance_m: float = 5.0
    about: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        for rt60_s in self.rt60_s:
            if not SHORTEST_S <= rt60_s <= LONGEST_S:
                raise OptionError(f"RT60 {rt60_s:g} s is out of range: choose {SHORTEST_S:g} to {LONGEST_S:g} s")

    @property
    def middle_s(self) -> float:
        """The reverberation time that is meant where there is one number: mean of 500 Hz and 1 kHz."""
        return float(np.mean([self.rt60_s[OCTAVES_HZ.index(hz)] for hz in MIDDLE_HZ]))

    @property
    def reverberant_db(self) -> float:
        """Energy of the room at the listener against the direct sound (Kuttruff, Room Acoustics, eq. 5.44).

        The critical distance is 0.057 sqrt(V / T) metres; where there are no walls, it is 1 m.
        """
        if self.size_m is None:
            return float(20 * np.log10(self.distance_m))
        critical_m = 0.057 * np.sqrt(np.prod(self.size_m) / self.middle_s)
        return float(20 * np.log10(self.distance_m / critical_m))

    def with_middle_s(self, seconds: float) -> Room:
        """The same room with all its times longer or shorter alike.

        Raises:
            OptionError: when an octave would be out of range.
        """
        factor = seconds / self.middle_s
        times = tuple(float(np.clip(time * factor, SHORTEST_S, LONGEST_S)) for time in self.rt60_s)
        if not SHORTEST_S <= seconds <= LONGEST_S:
            raise OptionError(f"RT60 {seconds:g} s is out of range: choose {SHORTEST_S:g} to {LONGEST_S:g} s")
        return replace(self, rt60_s=times)


@lru_cache(maxsize=1)
def built_in_rooms() -> Mapping[str, Room]:
    """The rooms of rooms.toml by name."""
    text = (files("separation") / "data" / "rooms.toml").read_text(encoding="utf-8")
    rooms = {}
    for name, each in tomllib.loads(text).items():
        size_m = tuple(each["size_m"]) if "size_m" in each else None
        rooms[name] = Room(name, tuple(each["rt60_s"]), size_m, each["distance_m"], each["about"], each["source"])
    return MappingProxyType(rooms)
