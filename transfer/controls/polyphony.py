"""`PolyphonyMeter`: whether several notes sound at once, which an instrument that plays one cannot follow.

One look in eight hops, where something sounds. What repeats after the period that was found is taken away; where much
is left, and what is left repeats by itself after a period of its own, there is a second note. Breath and drums leave as
much, but that does not repeat. Two notes an octave or a fifth apart repeat together, and pass for one.

References: de Cheveigné, Separation of concurrent harmonic sounds, JASA 1993 (cancellation by a delay).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.filter_design import fast_length
from mixassist.errors import Finding

Floats = NDArray[np.float64]

LOOK_HOPS = 8
SOUNDING_RANGE_DB = 25.0
QUIET_DB = -75.0
FALL_DB_PER_LOOK = 0.06
"""How fast the loudest that was heard is forgotten: 3 dB a second at hops of 128."""
CLEAR = 0.8
"""Confidence of a pitch that is one."""
LEFT, LEFT_REPEATS = 0.05, 0.6
"""Share of the power that must be left without the first note, and how well that must repeat, for a second one."""
MIN_LOOKS = 12
WEIGHTS = (2.46, -5.38, 23.65)
"""Of one, of looks with a clear pitch, and of looks with a second note: a logistic regression on 58 recordings and made
phrases of one voice, 56 sums of two of these, and 20 stems of other instruments (`benchmarks.polyphony`)."""
WARNING_CONFIDENCE = 0.7
PITCHED_SHARE, SECOND_SHARE = 0.3, 0.1
"""With fewer clear pitches and no more second notes than these, it is noise, not notes."""
SHORTEST_SAMPLES = 12
"""Shortest period of a second note, 2 kHz at 24 kHz."""


@dataclass(frozen=True)
class Polyphony:
    """What was heard of notes at once.

    Attributes:
        n_looks: how often something sounded.
        clear_share: looks with one clear pitch.
        second_share: looks with a second note.
    """

    n_looks: int
    clear_share: float
    second_share: float

    @property
    def is_noise(self) -> bool:
        """Whether what sounded had hardly a note in it."""
        is_without_notes = self.clear_share < PITCHED_SHARE and self.second_share < SECOND_SHARE
        return is_without_notes and self.n_looks >= MIN_LOOKS

    @property
    def confidence(self) -> float:
        """How sure it is that several notes sound at once, 0 to 1; 0 where too little sounded to tell, or noise."""
        if self.n_looks < MIN_LOOKS or self.is_noise:
            return 0.0
        evidence = WEIGHTS[0] + WEIGHTS[1] * self.clear_share + WEIGHTS[2] * self.second_share
        return float(1 / (1 + np.exp(-evidence)))

    def findings(self) -> list[Finding]:
        """What to tell somebody who wants to play an instrument of one voice with this."""
        if self.is_noise:
            message = (
                f"only {self.clear_share:.0%} of what sounds has a clear pitch, and this plays by pitch: "
                "take something sung or played in notes"
            )
            return [Finding("no-pitch", "warning", message)]
        if self.confidence > WARNING_CONFIDENCE:
            message = (
                f"several notes seem to sound at once (confidence {self.confidence:.0%}), and this plays one: "
                "take a single voice or instrument, or separate it first"
            )
            return [Finding("several-notes", "warning", message)]
        return []


class PolyphonyMeter:
    """Gathers evidence of notes at once, from the frames of `PeriodFinder` at `rate`."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._n_hops = 0
        self._top_db = QUIET_DB
        self._n_looks = self._n_clear = self._n_second = 0

    def update(self, frames: Floats, f0_hz: Floats, confidence: Floats, loudness_db: Floats) -> None:
        """Looks at some of K hops: frames [K, N], the others [K]."""
        for hop in range(-self._n_hops % LOOK_HOPS, len(frames), LOOK_HOPS):
            self._top_db = max(self._top_db - FALL_DB_PER_LOOK, float(loudness_db[hop]))
            if loudness_db[hop] > max(self._top_db - SOUNDING_RANGE_DB, QUIET_DB):
                self._n_looks += 1
                self._n_clear += bool(confidence[hop] > CLEAR)
                self._n_second += has_second(frames[hop], self._rate / f0_hz[hop])
        self._n_hops += len(frames)

    def polyphony(self) -> Polyphony:
        """All evidence so far."""
        n_looks = max(self._n_looks, 1)
        return Polyphony(self._n_looks, self._n_clear / n_looks, self._n_second / n_looks)


def has_second(frame: Floats, period: float) -> bool:
    """Whether much is left of a frame [N] without what repeats after `period` samples, and repeats by itself."""
    whole = int(period)
    after = (1 - period + whole) * frame[whole:-1] + (period - whole) * frame[whole + 1 :]
    left = frame[: after.size] - after
    power = float(left @ left)
    if power <= LEFT * 2 * float(frame @ frame):
        return False
    n_left = left.size
    # As far as two thirds of what is left: a longer period would have too few pairs to tell.
    lags = np.arange(SHORTEST_SAMPLES - 1, 2 * n_left // 3)
    products = np.fft.irfft(np.abs(np.fft.rfft(left, fast_length(2 * n_left))) ** 2)[lags]
    energy = np.concatenate([[0.0], np.cumsum(np.square(left))])
    repeats = 2 * products / (energy[n_left - lags] + power - energy[lags])
    is_top = (repeats[1:-1] > repeats[:-2]) & (repeats[1:-1] >= repeats[2:])
    return bool(np.any(is_top & (repeats[1:-1] > LEFT_REPEATS)))
