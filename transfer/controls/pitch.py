"""`PitchTrack`: one pitch per hop out of the periods that `PeriodFinder` offers, causal and slow to jump by octaves.

Of all paths through the candidates the cheapest is followed (Viterbi, looking only back): a candidate costs what it
fails to repeat, a step what it leaps. A true leap pays for itself within a hop or two, for the old period no longer
repeats; a slip to a multiple of the period, which repeats nearly as well as the period does, never does. Where nothing
repeats, the pitch is held and the confidence is low.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from transfer.controls.options import ControlOptions
from transfer.controls.periods import N_CANDIDATES, OCTAVE_COST, Periods

Floats = NDArray[np.float64]

LEAP_COST = 1.0
"""Of a step by an octave, growing evenly from none."""
MAX_LEAP_COST = 0.1
"""Of any step: a new pitch is believed as soon as it has repeated better by this much, hops added up."""
DOUBT_COST = 0.3
"""Added to the cost of an octave down where nothing repeats at all, and in proportion where it repeats badly: while one
note dies away under the next, both together repeat after a long period that nobody plays."""
SILENT_POWER = 1e-10
"""-100 dB: below, nothing has a pitch."""
HELD_CLARITY = 0.45
"""Where nothing repeats better than this, the pitch is held: white noise repeats to 0.4 by chance."""


class PitchTrack:
    """Gives the pitch of moments that come one after the other."""

    def __init__(self, options: ControlOptions) -> None:
        self._octaves = np.full(N_CANDIDATES, np.log2(options.lowest_hz * options.highest_hz) / 2)
        self._costs = np.zeros(N_CANDIDATES)
        self._pitch_octaves = float(self._octaves[0])

    def process(self, periods: Periods) -> tuple[Floats, Floats]:
        """Pitches [K] in Hz and their confidences [K], 0 to 1, of K moments."""
        pitches = np.empty((2, len(periods)))
        for moment in range(len(periods)):
            pitches[:, moment] = self._step(periods, moment)
        return np.exp2(pitches[0]), np.maximum(pitches[1], 0.0)

    def _step(self, periods: Periods, moment: int) -> tuple[float, float]:
        """The pitch in octaves and its clarity at a moment, after all that came before."""
        octaves, clarity = periods.pitch_octaves[moment], periods.clarity[moment]
        if periods.power[moment] < SILENT_POWER or clarity.max() < HELD_CLARITY:
            return self._pitch_octaves, 0.0
        leaps = np.minimum(LEAP_COST * np.abs(octaves[:, None] - self._octaves), MAX_LEAP_COST)
        octave_cost = OCTAVE_COST + DOUBT_COST * (1.0 - clarity.max())
        costs = (self._costs + leaps).min(axis=1) + 1.0 - clarity - octave_cost * octaves
        best = int(costs.argmin())
        self._octaves, self._costs = octaves, costs - costs[best]
        self._pitch_octaves = float(octaves[best])
        return self._pitch_octaves, float(clarity[best])
