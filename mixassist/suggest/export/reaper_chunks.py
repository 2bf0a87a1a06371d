"""States of REAPER's own plug-ins, as its projects hold them: ReaEQ, ReaComp, ReaLimit, ReaGate, ReaVerbate.

A VST2 state: a header that names the plug-in, its pins and the length of what follows; the state itself; the name of
the program. Each is base64 of its own. Layouts and scales were read from projects that REAPER wrote and from programs
that read them back. What no source is sure of stays as REAPER's default has it.
"""

from __future__ import annotations

import base64
import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mixassist.suggest.advice import Suggestion
from mixassist.suggest.mix_chain import HIGH_PASS_Q

N_LINE_BYTES = 96
PROGRAM_LINE = "AAAQAAAA"
OPAQUE, REGULAR = 0xFEED5EEE, 0xFEED5EEF
MAGIC = struct.pack("<II", 0xDEADBEEF, 0xDEADF00D)
BAND_TYPES = {"low_shelf": 0, "high_shelf": 1, "high_pass": 4, "bell": 8}
EQ_TAIL = bytes.fromhex("00000000fd0100005c01000002000000")
SILENT = 10 ** (-150 / 20)


@dataclass(frozen=True)
class ReaperPlugin:
    """A plug-in with its state; `ident` is what REAPER finds it by."""

    title: str
    file: str
    ident: str
    fourcc: str
    kind: int
    n_inputs: int
    state: bytes

    def lines(self) -> Iterator[str]:
        """The lines of its block in a chain of effects."""
        yield "BYPASS 0 0 0"
        yield f'<VST "VST: {self.title} (Cockos)" {self.file} 0 "" {self.ident} ""'
        yield _base64(self._header())
        for start in range(0, len(self.state), N_LINE_BYTES):
            yield _base64(self.state[start : start + N_LINE_BYTES])
        yield PROGRAM_LINE
        yield ">"
        yield "FLOATPOS 0 0 0 0"
        yield "WAK 0 0"

    def _header(self) -> bytes:
        def pins(n: int) -> bytes:
            return struct.pack("<I", n) + b"".join(struct.pack("<Q", 1 << pin) for pin in range(n))

        name = self.fourcc.encode("ascii") + struct.pack("<I", self.kind)
        ends = struct.pack("<III", len(self.state), int(self.kind == OPAQUE), 0x00100000)
        return name + pins(self.n_inputs) + pins(2) + ends


def rea_eq(suggestions: Sequence[Suggestion], gain_db: float = 0.0) -> ReaperPlugin:
    """ReaEQ with a band for each suggestion for `eq` and `high_pass`, and a gain of its own."""
    bands = b"".join(_eq_band(each) for each in suggestions) or _band("bell", 1000.0, 0.0, 1.0)
    n_bands = max(len(suggestions), 1)
    state = struct.pack("<ii", 33, n_bands) + bands + struct.pack("<iid", 1, 1, linear(gain_db)) + EQ_TAIL
    ident = "1919247729<56535472656571726561657100000000>"
    return ReaperPlugin("ReaEQ", "reaeq.dll", ident, "qeer", OPAQUE, 2, state)


def _eq_band(each: Suggestion) -> bytes:
    if each.processor == "high_pass":
        return _band("high_pass", each.number("frequency"), 0.0, HIGH_PASS_Q)
    return _band(str(each["type"]), each.number("frequency"), each.number("gain"), each.number("q"))


def _band(kind: str, hz: float, gain_db: float, q: float) -> bytes:
    """Type, whether it is on, Hz, linear gain, bandwidth in octaves, and a byte that is always 1."""
    octaves = min(max(2 / math.log(2) * math.asinh(1 / (2 * q)), 0.01), 4.0)
    return struct.pack("<iidddB", BAND_TYPES[kind], 1, hz, linear(gain_db), octaves, 1)


def rea_comp(suggestion: Suggestion) -> ReaperPlugin:
    """ReaComp; the make-up gain is that of its wet signal."""
    values = [0.0] * 21
    values[0] = linear(suggestion.number("threshold"))
    values[1] = (suggestion.number("ratio") - 1) / 99
    values[2] = suggestion.number("attack") / 500
    values[3] = suggestion.number("release") / 5000
    values[6] = 1.0
    values[10], values[11] = SILENT, linear(suggestion.number("make_up"))
    values[13] = 0.1  # 10 ms of rms, as levels were measured
    values[14] = suggestion.number("knee") / 24
    values[17] = 0.25
    ident = "1919247213<5653547265636D726561636F6D700000>"
    return ReaperPlugin("ReaComp", "reacomp.dll", ident, "mcer", REGULAR, 4, MAGIC + struct.pack("<21f", *values))


def rea_gate(suggestion: Suggestion) -> ReaperPlugin:
    """ReaGate; a closed one lets its dry signal through, an open one adds the wet signal up to what came in."""
    values = [0.0] * 21
    values[0] = linear(suggestion.number("threshold"))
    values[1] = suggestion.number("attack") / 500
    values[2] = suggestion.number("release") / 5000
    values[4] = suggestion.number("hold") / 1000
    values[5] = 1.0
    closed = linear(-abs(suggestion.number("range")))
    values[9], values[10] = closed, 1 - closed
    values[12], values[14] = 1.0, 0.05
    ident = "1919248244<56535472656774726561676174650000>"
    return ReaperPlugin("ReaGate", "reagate.dll", ident, "tger", REGULAR, 4, MAGIC + struct.pack("<21f", *values))


def rea_limit(suggestion: Suggestion) -> ReaperPlugin:
    """ReaLimit with true peaks and its threshold at its ceiling; the limiter's gain comes before it."""
    ceiling = suggestion.number("ceiling")
    release = 10 ** (-15.0 / 20)  # 15 dB/s, its default
    state = struct.pack("<iiddiiiid", 3, 1, ceiling, ceiling, 2, 0, 0, 0, release)
    ident = "1919708532<565354726C6D747265616C696D697400>"
    return ReaperPlugin("ReaLimit", "realimit.dll", ident, "tmlr", OPAQUE, 2, state)


def rea_verbate(suggestion: Suggestion) -> ReaperPlugin:
    """ReaVerbate, wet only, for a channel that tracks send to: its room returns what it gets, whatever its size."""
    room = room_of(suggestion.number("rt60"))
    values = (
        wet_of(room),
        0.0,
        room,
        0.3,
        1.0,
        max(suggestion.number("predelay") - OWN_DELAY_MS, 0) / 500,
        suggestion.number("low_pass") / 20000,
        suggestion.number("high_pass") / 20000,
    )
    ident = "1920361016<56535472766238726561766572626174>"
    state = MAGIC + struct.pack("<8f", *values)
    return ReaperPlugin("ReaVerbate", "reaverbate.dll", ident, "8bvr", REGULAR, 2, state)


OWN_DELAY_MS = 25.0
RT60_S = (0.21, 0.24, 0.27, 0.32, 0.38, 0.46, 0.58, 0.78, 1.15, 2.10, 9.72)
"""Of ReaVerbate with a room size of 0, 0.1 … 1 and damping 0.3, as measured from REAPER's renders."""


TAIL_DB = (-2.1, -1.9, -1.7, -1.4, -1.0, -0.6, 0.0, 0.7, 1.6, 3.0, 6.4)
"""Energy of what such a room returns, measured likewise."""


def wet_of(room: float) -> float:
    """The factor that takes the room's own gain away; 1 for small rooms, for more is not sure to be taken."""
    place = 10 * room
    low = min(int(place), len(TAIL_DB) - 2)
    tail_db = TAIL_DB[low] + (place - low) * (TAIL_DB[low + 1] - TAIL_DB[low])
    return min(linear(-tail_db), 1.0)


def room_of(rt60_s: float) -> float:
    """The room size with this reverberation time."""
    if rt60_s <= RT60_S[0]:
        return 0.0
    above = next((step for step, seconds in enumerate(RT60_S) if seconds >= rt60_s), len(RT60_S) - 1)
    low, high = RT60_S[above - 1], RT60_S[above]
    return min((above - 1 + math.log(rt60_s / low) / math.log(high / low)) / 10, 1.0)


def linear(gain_db: float) -> float:
    """The factor of a gain."""
    return float(10 ** (gain_db / 20))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
