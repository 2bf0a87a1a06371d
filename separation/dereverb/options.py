"""`DereverbOptions`: everything a person may decide about taking a room away, with the defaults."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, get_args

from mixassist.audio.writer import BitDepth
from mixassist.dsp.stream_spectrum import SpectrumGrid
from mixassist.errors import OptionError

METHODS = ("auto", "wpe", "convolution")

WINDOW_S = 0.046
"""Length of a spectrum's frame: 2048 samples at 44.1 kHz."""


@dataclass(frozen=True)
class DereverbOptions:
    """How much of the room to take away, and how.

    Attributes:
        strength: share of the predicted tail that is taken away, 0 (the input itself) to 1.
        method: `wpe` foretells the tail from what sounded before, `convolution` fits the room's answer to a guess at
            the sound, `auto` takes them one after the other as measures best.
        keep_early_ms: reflections up to this age stay.
        taps_ms: how much of the past a tail is predicted from.
        is_live: whether each moment is heard with what lies before it alone; the stream tells its delay, which for
            `wpe` is a spectrum's frame, 46 ms.
        bit_depth: of the files; None follows the input (24 where it is lossy).

    Raises:
        OptionError: for values out of range.
    """

    strength: float = 1.0
    method: str = "auto"
    keep_early_ms: float = 45.0
    taps_ms: float = 350.0
    is_live: bool = False
    bit_depth: BitDepth | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise OptionError(f"--method {self.method!r} is unknown: choose one of {', '.join(METHODS)}")
        _require("--strength", self.strength, (0.0, 1.0), "")
        _require("--keep-early", self.keep_early_ms, (10.0, 200.0), " ms")
        _require("taps_ms", self.taps_ms, (20.0, 1000.0), " ms")
        if self.bit_depth is not None and self.bit_depth not in get_args(BitDepth):
            raise OptionError(
                f"--bit-depth {self.bit_depth!r} is unknown: choose one of {', '.join(get_args(BitDepth))}"
            )

    def to_dict(self) -> dict[str, Any]:
        """Every choice, as plain JSON."""
        return asdict(self)


def _require(name: str, value: float, limits: tuple[float, float], unit: str) -> None:
    low, high = limits
    if not low <= value <= high:
        raise OptionError(f"{name} {value:g} is out of range: {low:g} to {high:g}{unit}")


def room_grid(rate: int) -> SpectrumGrid:
    """Frames of about 46 ms, a power of two, one every quarter of a frame."""
    n_fft = 2 ** max(round(math.log2(rate * WINDOW_S)), 5)
    return SpectrumGrid(n_fft, n_fft // 4)
