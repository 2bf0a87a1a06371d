"""`Expectation`: what of a stream's spectra may be the tail of its room, frame by frame, and what it is foretold from.

Conventions: spectra are complex64 [F, C, K] of `grid`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from separation.dereverb.late_power import LatePower
from separation.dereverb.options import DereverbOptions, room_grid
from separation.dereverb.wpe import Complexes, Prediction

Floats = NDArray[np.float32]

ASSUMED_RT60_S = 0.8
"""By which the expected tail decays where nothing is known of the room: of one that one may want to leave."""

LEARNED_RT60_S = (0.8, 1.6)
"""By what decay filters are learned: with a shorter one they find too little, with a longer one held notes."""

BOUND_RT60_S = (0.3, 2.0)
"""By what decay the tail is bounded."""

SMALL_RT60_S, LEAST_BOUND = (0.2, 0.7), 0.2
"""The bound grows to its whole between these times, and is no less than that share of it: of small rooms times are told
too long (0.3 s as 0.4 s in the middle), and little comes late there."""


class Expectation:
    """The expected tail of a stream at `rate` Hz in a room that rings for `rt60_s`, as far as that is known."""

    def __init__(self, rate: int, options: DereverbOptions, rt60_s: float | None = None) -> None:
        self.grid = room_grid(rate)
        self.n_bins = self.grid.n_fft // 2 + 1
        self.hz_per_bin = rate / self.grid.n_fft
        hop_s = self.grid.hop / rate
        self.prediction = Prediction(
            n_taps=max(round(options.taps_ms / 1000 / hop_s), 1),
            delay=max(round(options.keep_early_ms / 1000 / hop_s), 1),
        )
        self._learned, self._bound = (
            LatePower(self.n_bins, 10 ** (-6 * hop_s / float(np.clip(rt60_s or ASSUMED_RT60_S, *limits))), delay)
            for limits, delay in ((LEARNED_RT60_S, self.prediction.delay), (BOUND_RT60_S, self.prediction.delay))
        )

        begin_s, end_s = SMALL_RT60_S
        share = ((rt60_s or ASSUMED_RT60_S) - begin_s) / (end_s - begin_s)
        self._bound_share = np.float32(np.clip(share, LEAST_BOUND, 1))

    @property
    def loudest(self) -> Floats:
        """The greatest power of each bin so far, [F]."""
        return self._learned.loudest

    def process(self, spectrum: Complexes) -> tuple[Floats, Floats]:
        """The least power of the sound itself, by which filters are learned, and the late power that bounds the tail.

        Both are [F, K], of the next frames.
        """
        power = np.mean(spectrum.real**2 + spectrum.imag**2, axis=1)
        _, own = self._learned.process(power)
        late, _ = self._bound.process(power)
        return own, self._bound_share * late
