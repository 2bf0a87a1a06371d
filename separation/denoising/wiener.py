"""Gains that leave the least squared error of a sound in noise of known power.

Task: per cell, the share of the spectrum that is sound.

Conventions: powers [F, K] are the mean over channels of |X|², noise [F]; gains lie in `LEAST_GAIN`..1, alike for all
channels, so that the image stays.

Derivation. The gain of least squared error is s / (1 + s), s the power of the sound over that of the noise (Wiener).
s is not known; decision-directed estimation takes most of it from what the gain left of the neighbouring frame, and
some from this one. A partial carries on what it was, an outlier of the noise finds nothing to carry on: no musical
noise. Neighbours before tell of what goes on, neighbours after of what begins, so both directions are asked, and s is
their mean. Where the noise is 0 the gain is 1 exactly.

References:
    Y. Ephraim, D. Malah, "Speech enhancement using a minimum mean-square error short-time spectral amplitude
    estimator", IEEE TASSP 32(6), 1984. O. Cappé, "Elimination of the musical noise phenomenon with the Ephraim and
    Malah noise suppressor", IEEE TSAP 2(2), 1994.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

CARRIED = np.float32(0.96)
"""Share of a neighbour's estimate in a frame's."""

LEAST_RATIO = np.float32(10**-2.5)
LEAST_GAIN = np.float32(0.05)
"""-26 dB: some of the noise stays as it is, rather than what the gains' own errors make of it."""

LEAST_NOISE = np.float32(1e-20)
"""Stands for no noise: any spectrum is so far above it that the gain is 1 in float32."""

N_AHEAD = 8
"""Frames after those asked for from which the way back starts: by then it has forgotten where it started."""


class WienerGains:
    """Gains of a stream of powers; the way forward goes on from call to call."""

    def __init__(self, n_bins: int) -> None:
        self._carried = np.full(n_bins, LEAST_RATIO, np.float32)

    def process(self, power: Floats, noise: Floats, n_frames: int) -> Floats:
        """The gains [F, n_frames] of the first `n_frames` of the powers, whose others tell what comes."""
        above = power / np.maximum(noise, LEAST_NOISE)[:, None]
        forward, self._carried = _ratios(above[:, :n_frames], self._carried)
        backward, _ = _ratios(above[:, ::-1], np.full(len(power), LEAST_RATIO, np.float32))
        ratio = (forward + backward[:, ::-1][:, :n_frames]) / 2
        return np.maximum(ratio / (1 + ratio), LEAST_GAIN)


def _ratios(above: Floats, carried: Floats) -> tuple[Floats, Floats]:
    """The ratios s [F, K] frame after frame, and what the last of them leaves to carry on [F]."""
    ratios = np.empty_like(above)
    for frame in range(above.shape[1]):
        now = above[:, frame]
        ratio = CARRIED * carried + (1 - CARRIED) * np.maximum(now - 1, 0)
        ratios[:, frame] = np.maximum(ratio, LEAST_RATIO)
        carried = (ratios[:, frame] / (1 + ratios[:, frame])) ** 2 * now
    return ratios, carried
