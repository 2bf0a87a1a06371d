"""`ClickStream`: sound in, its clicks and crackle out.

Task: per stretch of sound and channel, find what prediction does not foretell, and take away what differs from what
should have been there.

Conventions: blocks are float32 [C, n] with any n; what is taken lies exactly beside the sound, and is 0 where no click
is.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d

from mixassist.dsp.autoregression import coefficients, interpolated, residual_of_both
from separation.denoising.click_finding import find_clicks
from separation.denoising.silence import is_sound
from separation.segments import Segments

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

SEGMENT_S = 0.0929
"""4096 samples at 44.1 kHz; half as much is looked at beside them."""

ORDER_AT_44K = 48
ORDER_SHARES = (0.15, 1.0, 1.0)
"""Clicks blur the prediction by which they are found, a short one less; each round takes what it sees by now."""

MOST_OF_A_SEGMENT = 0.25
"""Where more than this would be a click, it is none."""

BESIDE_S = 5e-5
"""A sample is as surprising as the most surprising one that near: 2 samples at 44.1 kHz."""


class ClickStream:
    """The clicks of a stream of `n_channels` at `rate` Hz."""

    def __init__(self, rate: int, n_channels: int) -> None:
        self._rate = rate
        self._order = max(round(ORDER_AT_44K * math.sqrt(rate / 44100)), 8)
        self._n_beside = max(round(SEGMENT_S * rate / 4), 4 * self._order)
        n_segment = 4 * self._n_beside
        self._n_surprised = max(round(BESIDE_S * rate), 1)
        self._past = np.zeros((n_channels, 2 * self._n_beside), np.float32)
        self._segments = Segments(n_channels, n_segment, self._n_beside, self._process_segment)
        self.n_clicks = 0

    @property
    def latency_samples(self) -> int:
        """How much later than its sound something comes, at most, beyond the block it is in."""
        return self._segments.n_segment + self._n_beside

    def process(self, block: Floats) -> Floats:
        """What is ready by now [C, m], following what earlier calls gave; m may be 0."""
        return self._segments.process(block)

    def finish(self) -> Floats:
        """The rest: with it, there is as much as there was sound."""
        return self._segments.finish()

    def _process_segment(self, segment: Floats) -> Floats:
        """The clicks in the middle of what was heard last."""
        heard = np.concatenate([self._past, segment], axis=1)
        self._past = heard[:, segment.shape[1] :]
        middle = slice(self._n_beside, self._n_beside + segment.shape[1])
        taken = np.stack([self._clicks_of(channel.astype(np.float64), middle) for channel in heard])
        return taken.astype(np.float32)

    def _clicks_of(self, heard: Doubles, middle: slice) -> Doubles:
        left, is_click = heard, np.zeros(heard.size, bool)
        is_foreseeable = minimum_filter1d(is_sound(heard[None]), 4 * self._order + 1, mode="nearest")
        if is_foreseeable.any():
            for share in ORDER_SHARES:
                a = coefficients(left, max(round(share * self._order), 2))
                found = find_clicks(is_foreseeable * residual_of_both(left, a, self._n_surprised), self._rate)
                if found.any():
                    is_click |= found
                    left = interpolated(heard, is_click, a)
                elif share == 1:
                    break
        if is_click[middle].mean() > MOST_OF_A_SEGMENT:
            return np.zeros(middle.stop - middle.start)
        self.n_clicks += int(np.count_nonzero(np.diff(is_click[middle].astype(np.int8)) > 0))
        return (heard - left)[middle]
