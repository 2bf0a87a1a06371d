"""`ControlOptions`: how often controls come, and which pitches are sought."""

from __future__ import annotations

from dataclasses import dataclass

from mixassist.errors import OptionError

MIN_RATE = 8000
"""Below, the harmonics that tell an octave from the next are gone."""
MIN_PERIOD_SAMPLES = 6
"""Shortest period sought, in samples of the working rate: a parabola through three of them still finds the top."""
WORKING_RATE = 20000
"""Pitch is sought at the lowest rate above this one that halving gives."""


@dataclass(frozen=True)
class ControlOptions:
    """Settings of a `ControlStream`.

    Attributes:
        hop: samples from one control to the next.
        lowest_hz: two of its periods must pass before a pitch is known, so this sets the latency: 14.7 ms for 70 Hz.
        highest_hz: highest pitch sought; at low rates no more than a sixth of the working rate.

    Raises:
        OptionError: when the range holds no octave or the hop no sample.
    """

    hop: int = 128
    lowest_hz: float = 70.0
    highest_hz: float = 2000.0

    def __post_init__(self) -> None:
        if self.hop < 1:
            raise OptionError(f"a hop of {self.hop} samples is none: choose 1 or more, such as 128")
        if not 20 <= self.lowest_hz <= self.highest_hz / 2:
            raise OptionError(
                f"pitches from {self.lowest_hz:g} to {self.highest_hz:g} Hz: choose an octave or more, from 20 Hz on"
            )


def halving(rate: int, hop: int) -> int:
    """The power of two by which sound at `rate` is thinned out before its pitch is sought.

    Raises:
        OptionError: when the rate is too low, or the hop is no whole number of thinned samples.
    """
    if rate < MIN_RATE:
        raise OptionError(f"{rate} Hz is too low for a pitch: resample to {MIN_RATE} Hz or more")
    factor = 1
    while rate // (2 * factor) >= WORKING_RATE:
        factor *= 2
    if hop % factor:
        raise OptionError(f"a hop of {hop} samples is no multiple of {factor}, as {rate} Hz asks for: choose 128")
    return factor
