"""How much of a spectrum may be the tail of a room: the power that is expected of it, and what it leaves.

Task: the weights of the prediction, and a bound on what it may take away.

Conventions: powers are [F, K], the mean over channels of |X|².

Derivation. In a room that decays by 60 dB in T s, what sounded D frames of h s ago has fallen to a^D, a = 10^(-6 h/T).
Of that, the share `KAPPA` counts as late: the rest of it was direct sound, which does not linger (Habets, eq. 3.33 with
a fixed direct-to-reverberant ratio). Where the sound has stopped, the expected tail is all there is, and what it leaves
is small; where a note is held, it leaves a good part of the note. Weighted prediction learns from the former. With its
own residual as the weight, as usual, it learns from the held note, which can be foretold from its past in any room,
and takes it away.

References:
    K. Lebart et al., "A new method based on spectral subtraction for speech dereverberation", Acta Acustica 87, 2001.
    E. A. P. Habets, "Single- and multi-microphone speech dereverberation using spectral enhancement", 2007.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]

KAPPA = 0.95
LEAST_SHARE = 0.003
"""What is left of a power, at least, where all of it may be tail."""

LEAST_LEVEL = 1e-5
"""What is left at least, against the loudest moment of the bin so far: -50 dB."""

MOST_SHARE = 0.6
"""Of the expected late power, what a prediction may take away."""


class LatePower:
    """The expected tail of a stream of powers; `decay` is a, `delay` is D in frames."""

    def __init__(self, n_bins: int, decay: float, delay: int) -> None:
        self._decay = np.float32(decay)
        self._delay = delay
        self._lingering = np.zeros((n_bins, delay + 1), np.float32)
        self._loudest = np.zeros((n_bins, 1), np.float32)

    @property
    def loudest(self) -> Floats:
        """The greatest power of each bin so far, [F]."""
        return self._loudest[:, 0]

    def process(self, power: Floats) -> tuple[Floats, Floats]:
        """The late power expected in each frame, and the least that the sound itself has, [F, K] each."""
        n_past = self._lingering.shape[1]
        lingering = np.concatenate([self._lingering, power], axis=1)
        for frame in range(n_past, lingering.shape[1]):
            np.maximum(lingering[:, frame], self._decay * lingering[:, frame - 1], out=lingering[:, frame])
        self._lingering = lingering[:, -n_past:].copy()
        late = KAPPA * self._decay**self._delay * lingering[:, 1 : 1 + power.shape[1]]
        self._loudest = np.maximum(self._loudest, power.max(axis=1, keepdims=True, initial=0))
        own = np.maximum(power - late, LEAST_SHARE * np.maximum(power, late))
        return late, np.maximum(own, LEAST_LEVEL * self._loudest)


def limit(tail: Complexes, late: Floats) -> Complexes:
    """The predicted tail [F, C, K], turned down, all channels alike, where it exceeds what is expected [F, K]."""
    power = np.mean(tail.real**2 + tail.imag**2, axis=1)
    most = MOST_SHARE * late
    gain = np.sqrt(np.divide(most, power, out=np.ones_like(power), where=power > most))
    return tail * gain[:, None]
