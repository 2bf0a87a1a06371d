"""Where masters go: the loudness at which platforms play, and the true peak they ask for.

A platform's loudness is a playback level, no order to master there: what is louder is turned down, what is quieter is
turned up only by some. Each delivery says who asks for it: the platform's own page, others who measured what it does,
a rule of ours, or the user.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Literal

from mixassist.errors import OptionError

Authority = Literal["official", "measured by third parties", "rule", "user"]
LOUDEST_LUFS, QUIETEST_LUFS = -5.0, -40.0


@dataclass(frozen=True)
class Delivery:
    """A loudness to reach, the highest true peak allowed, and who says so."""

    name: str
    lufs: float
    ceiling_dbtp: float
    authority: Authority
    note: str

    @property
    def source(self) -> str:
        return f"{self.name}: {self.note} ({self.authority})"


DELIVERIES = {
    delivery.name: delivery
    for delivery in (
        Delivery("spotify", -14.0, -1.0, "official", "plays at -14 LUFS, asks for -1 dBTP and -2 where louder"),
        Delivery("apple", -16.0, -1.0, "measured by third parties", "plays at -16 LUFS; 1 dB of headroom is official"),
        Delivery("youtube", -14.0, -1.0, "measured by third parties", "plays at -14 LUFS, turns down only"),
        Delivery("tidal", -14.0, -1.0, "measured by third parties", "plays albums at -14 LUFS, turns down only"),
        Delivery("amazon", -14.0, -2.0, "measured by third parties", "plays at -14 LUFS with -2 dBTP"),
        Delivery("deezer", -15.0, -1.0, "measured by third parties", "plays at -15 LUFS"),
        Delivery("ebu-r128", -23.0, -1.0, "official", "EBU R 128: programmes at -23 LUFS, -1 dBTP"),
        Delivery("atsc-a85", -24.0, -2.0, "official", "ATSC A/85: programmes at -24 LKFS, -2 dBTP"),
    )
}
STREAMING = Delivery(
    "streaming", -14.0, -1.0, "official", "AES TD1008: tracks at -16, the loudest of an album at -14 LUFS"
)


def find_delivery(name: str) -> Delivery:
    """The delivery of a platform, or to a loudness given as a number.

    Raises:
        OptionError: for an unknown platform, or a loudness nobody delivers.
    """
    wanted = name.strip().lower()
    if wanted in DELIVERIES:
        return DELIVERIES[wanted]
    try:
        lufs = float(wanted.removesuffix("lufs"))
    except ValueError:
        near = difflib.get_close_matches(wanted, DELIVERIES, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise OptionError(f"target {name!r} is unknown: {hint}there are {', '.join(DELIVERIES)}, or LUFS") from None
    if not QUIETEST_LUFS <= lufs <= LOUDEST_LUFS:
        raise OptionError(f"a target of {lufs:g} LUFS is out of range: give {QUIETEST_LUFS:g} to {LOUDEST_LUFS:g}")
    return Delivery(f"{lufs:g} LUFS", lufs, STREAMING.ceiling_dbtp, "user", "as asked for")
