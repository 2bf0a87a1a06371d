"""`RespaceOptions`: everything a person may decide about another room, with the defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from mixassist.audio.info import AudioInfo
from mixassist.audio.writer import BitDepth, Container, Encoding, encoding_like
from mixassist.errors import OptionError

LONGEST_PREDELAY_MS = 500.0


@dataclass(frozen=True)
class RespaceOptions:
    """Which room, and how much of it.

    `room` is a built-in one's name or an impulse response file. `rt60_s` scales a built-in room's times to that at
    500 Hz and 1 kHz; `predelay_ms` is when it is first heard, by its own geometry if None. `wet_db` is how much louder
    than it would be; minus infinity is no room at all. `bit_depth` None follows the input.

    Raises:
        OptionError: for values out of range.
    """

    room: str | Path = "hall"
    rt60_s: float | None = None
    predelay_ms: float | None = None
    wet_db: float = 0.0
    seed: int = 0
    container: Container = "wav"
    bit_depth: BitDepth | None = None

    def __post_init__(self) -> None:
        if math.isnan(self.wet_db) or self.wet_db > 24:
            raise OptionError(f"--wet {self.wet_db:g} dB is out of range: choose up to 24, or -inf for no room")
        if self.predelay_ms is not None and not 0 <= self.predelay_ms <= LONGEST_PREDELAY_MS:
            raise OptionError(
                f"--predelay {self.predelay_ms:g} ms is out of range: choose 0 to {LONGEST_PREDELAY_MS:g} ms"
            )
        self.encoding_for(None)

    @property
    def wet_gain(self) -> float:
        """Amplitude of the room against what it would have."""
        return float(10 ** (self.wet_db / 20))

    def encoding_for(self, info: AudioInfo | None) -> Encoding:
        """Container and depth of the output for an input."""
        return encoding_like(info, self.container, self.bit_depth)
