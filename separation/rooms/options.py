"""`RespaceOptions`: everything a person may decide about another room, with the defaults."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mixassist.audio.info import AudioInfo
from mixassist.audio.writer import BitDepth, Container, Encoding, encoding_like
from mixassist.errors import OptionError
from separation.rooms.room import Room, Size

LONGEST_PREDELAY_MS = 500.0
LOUDEST_DB = 24.0
WIDEST = 1.5


@dataclass(frozen=True)
class RespaceOptions:
    """Which room, and how much of it.

    `room` is a built-in one's name or an impulse response file. A synthesised room may be given other times (`rt60_s`:
    one for 500 Hz and 1 kHz that the others follow, or eight), another size and distance. `predelay_ms` is when a room
    is first heard, by its own geometry if None. `width` is 0 where both ears hear the same room, 1 as it is.
    `wet_db` is how much louder than it would be the room is, `dry_db` the recording: minus infinity leaves it out.
    `gain_db` is of both; None turns files of integers down as far as they would clip. `bit_depth` None follows the
    input.

    Raises:
        OptionError: for values out of range.
    """

    room: str | Path = "hall"
    rt60_s: float | tuple[float, ...] | None = None
    size_m: Size | None = None
    distance_m: float | None = None
    predelay_ms: float | None = None
    width: float = 1.0
    wet_db: float = 0.0
    dry_db: float = 0.0
    gain_db: float | None = None
    seed: int = 0
    container: Container = "wav"
    bit_depth: BitDepth | None = None

    def __post_init__(self) -> None:
        _check_level("--wet", self.wet_db, "no room")
        _check_level("--dry", self.dry_db, "the room alone")
        if self.gain_db is not None and not -60 <= self.gain_db <= LOUDEST_DB:
            raise OptionError(f"--gain {self.gain_db:g} dB is out of range: choose -60 to {LOUDEST_DB:g}")
        if self.wet_gain == self.dry_gain == 0:
            raise OptionError("--wet -inf and --dry -inf leave nothing to hear: choose one of them")
        if not 0 <= self.width <= WIDEST:
            raise OptionError(f"--width {self.width:g} is out of range: choose 0 to {WIDEST:g}")
        if self.predelay_ms is not None and not 0 <= self.predelay_ms <= LONGEST_PREDELAY_MS:
            raise OptionError(
                f"--predelay {self.predelay_ms:g} ms is out of range: choose 0 to {LONGEST_PREDELAY_MS:g} ms"
            )
        if self.seed < 0:
            raise OptionError(f"--seed {self.seed} is out of range: choose 0 or more")
        self.encoding_for(None)

    def to_dict(self) -> dict[str, Any]:
        """Every choice, as plain JSON, which knows no infinity: a level is None where its sound is left out."""
        return {name: _plain(each) for name, each in asdict(self).items()}

    @property
    def wet_gain(self) -> float:
        """Amplitude of the room against what it would have."""
        return _amplitude(self.wet_db)

    @property
    def dry_gain(self) -> float:
        """Amplitude of the recording in the output."""
        return _amplitude(self.dry_db)

    @property
    def is_shaped(self) -> bool:
        """Whether times, size or distance are asked for that a recorded room cannot take on."""
        return any(each is not None for each in (self.rt60_s, self.size_m, self.distance_m))

    def shaped(self, room: Room) -> Room:
        """The room with the times, size and distance that are asked for.

        Raises:
            OptionError: when nobody can synthesise that.
        """
        if isinstance(self.rt60_s, tuple):
            room = replace(room, rt60_s=self.rt60_s)
        elif self.rt60_s is not None:
            room = room.with_middle_s(self.rt60_s)
        distance_m = room.distance_m if self.distance_m is None else self.distance_m
        return replace(room, size_m=self.size_m or room.size_m, distance_m=distance_m)

    def encoding_for(self, info: AudioInfo | None) -> Encoding:
        """Container and depth of the output for an input."""
        return encoding_like(info, self.container, self.bit_depth)


def _plain(choice: Any) -> Any:
    if isinstance(choice, tuple):
        return list(choice)
    if isinstance(choice, Path):
        return str(choice)
    return None if choice == -math.inf else choice


def _check_level(option: str, level_db: float, without: str) -> None:
    if math.isnan(level_db) or level_db > LOUDEST_DB:
        raise OptionError(
            f"{option} {level_db:g} dB is out of range: choose up to {LOUDEST_DB:g}, or -inf for {without}"
        )


def _amplitude(level_db: float) -> float:
    return float(10 ** (level_db / 20))
