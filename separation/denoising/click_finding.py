"""Which samples of a stretch of sound are clicks: short, alone, and not foretold by what is around them.

Conventions: one channel, [T], float64; times in seconds so that any rate gives the same.

Derivation. What a linear prediction leaves of music is small and even: breath, hiss, and a peak per period of a voice
or a reed. A click stands out of it, by more than a period's peaks stand out, and it is over at once, whereas after the
onset of a drum the residual stays high. So a peak counts that is `PEAK_RATIO` times as high as the stretch's own peaks
(the quantile `QUIET_QUANTILE` of the highest samples of its parts, each longer than a period), and `AFTER_RATIO` times
as high as what follows. It reaches as far as the residual's mean stays above `EDGE_RATIO` times its median. The numbers
were chosen on sounds that `python -m benchmarks --only denoise` does not use.

References:
    S. Godsill, P. Rayner, "Digital audio restoration", Springer 1998, chapter 5.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

Doubles = NDArray[np.float64]
Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

PEAK_RATIO = 3.0
AFTER_RATIO = 12.0
EDGE_RATIO = 7.0
QUIET_QUANTILE = 0.3
PART_S = 0.0116
"""The period of the lowest voices."""

LONGEST_S = 0.003
AFTER_S = 0.004
MEAN_S = 0.0002
SILENCE = 1e-7
"""A residual below -140 dBFS is rounding."""


def find_clicks(size: Doubles, rate: float) -> Mask:
    """True for samples of clicks, given the size of the residual of a prediction from both sides."""
    part = max(round(PART_S * rate), 1)
    n_parts = size.size // part
    peaks = size[: n_parts * part].reshape(n_parts, part).max(axis=1)
    quiet = max(float(np.quantile(peaks, QUIET_QUANTILE)), SILENCE)
    is_click = np.zeros(size.size, bool)
    if size.max() <= PEAK_RATIO * quiet:
        return is_click
    mean = uniform_filter1d(size, max(round(MEAN_S * rate), 1), mode="constant")
    is_quiet = mean <= EDGE_RATIO * max(float(np.median(size)), SILENCE)
    quiet_at = np.concatenate([[-1], np.flatnonzero(is_quiet), [size.size]])
    peak_at = np.flatnonzero(size > PEAK_RATIO * quiet)
    place = np.searchsorted(quiet_at, peak_at)
    first, end = quiet_at[place - 1] + 1, np.maximum(quiet_at[place], peak_at + 1)
    is_over = size[peak_at] > AFTER_RATIO * _rms_of(size, end, np.minimum(end + round(AFTER_S * rate), size.size))
    is_short = end - first <= LONGEST_S * rate
    for begin, stop in set(zip(first[is_over & is_short].tolist(), end[is_over & is_short].tolist(), strict=True)):
        is_click[begin:stop] = True
    return is_click


def _rms_of(size: Doubles, first: Integers, end: Integers) -> Doubles:
    """The rms of each stretch from `first` to before `end`; 0 of an empty one."""
    energy = np.concatenate([[0.0], np.cumsum(size**2)])
    return np.sqrt((energy[end] - energy[first]) / np.maximum(end - first, 1))
