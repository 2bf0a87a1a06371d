"""`Room`: what a synthesised room is made from, and the rooms that come with mixassist."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import numpy as np

from mixassist.dsp.decay import MIDDLE_HZ, OCTAVES_HZ
from mixassist.errors import OptionError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SHORTEST_S, LONGEST_S = 0.1, 20.0
SMALLEST_M, LARGEST_M = 1.0, 500.0
NEAREST_M, FARTHEST_M = 0.1, 200.0

Size = tuple[float, float, float]
"""Length, width and height in metres."""


@dataclass(frozen=True)
class Room:
    """A room: RT60 per octave in seconds, edges of its shoebox in metres (none: no walls, as a plate), and a distance.

    A room without walls is first heard `predelay_s` after the direct sound; walls have a time of their own.

    Raises:
        OptionError: for times, sizes and distances nobody can synthesise.
    """

    name: str
    rt60_s: tuple[float, ...]
    size_m: Size | None = None
    distance_m: float = 5.0
    about: str = ""
    source: str = ""
    predelay_s: float = 0.0

    def __post_init__(self) -> None:
        if len(self.rt60_s) != len(OCTAVES_HZ):
            raise OptionError(f"{len(self.rt60_s)} reverberation times are given: give 1, or 8 for octaves from 63 Hz")
        for rt60_s in self.rt60_s:
            _require("RT60", rt60_s, (SHORTEST_S, LONGEST_S), "s")
        for edge_m in self.size_m or ():
            _require("a room's edge of", edge_m, (SMALLEST_M, LARGEST_M), "m")
        _require("distance", self.distance_m, (NEAREST_M, FARTHEST_M), "m")

    def to_dict(self) -> dict[str, Any]:
        """All that it is made from, as plain JSON."""
        return {name: list(each) if isinstance(each, tuple) else each for name, each in asdict(self).items()}

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
        """The same room with all its times longer or shorter alike, none beyond what can be synthesised.

        Raises:
            OptionError: when the middle itself is out of range.
        """
        _require("RT60", seconds, (SHORTEST_S, LONGEST_S), "s")
        factor = seconds / self.middle_s
        return replace(self, rt60_s=tuple(float(np.clip(time * factor, SHORTEST_S, LONGEST_S)) for time in self.rt60_s))


@lru_cache(maxsize=1)
def built_in_rooms() -> Mapping[str, Room]:
    """The rooms of rooms.toml by name."""
    text = (files("separation") / "data" / "rooms.toml").read_text(encoding="utf-8")
    rooms = {}
    for name, each in tomllib.loads(text).items():
        size_m = tuple(each["size_m"]) if "size_m" in each else None
        rooms[name] = Room(name, tuple(each["rt60_s"]), size_m, each["distance_m"], each["about"], each["source"])
    return MappingProxyType(rooms)


def _require(what: str, value: float, limits: tuple[float, float], unit: str) -> None:
    low, high = limits
    if not low <= value <= high:  # also refuses NaN
        raise OptionError(f"{what} {value:g} {unit} is out of range: choose {low:g} to {high:g} {unit}")
