"""Late reverberation as what a room makes of a guess at the sound itself, bin by bin.

Task: per frequency, the filter by which a room answers a sound, learned from what is heard and from a guess at the
sound, all channels together; and the guess.

Conventions: spectra are complex64 [F, C, K], powers [F, K]. Past frames of all channels lie in one axis of L C taps,
the oldest first, as in `separation.dereverb.wpe`.

Derivation. In a bin, a room answers the sound s by a filter: x(t) = Σ g(k)^H s(t - k). With a guess at s that is better
than x itself, g follows from least squares over all lags from 0 on, weighed by 1 / |x|²; what lies `delay` frames or
more ago gives the tail. Weighted prediction (`separation.dereverb.wpe`) leaves out the lags before that, so that a held
note, which can be foretold from its past, is taken for a room; here the note explains itself at lag 0, and only what
outlasts it is left to the room.
The guess is spectral subtraction: of each bin's power the share that lingers by the room's RT60 and DRR is taken off.
Its phase is that of x, and it is wrong in places; but a filter has few numbers and many frames to witness them.
What a room's taps may be is known beforehand: they die away as its RT60 says, their energy is what its DRR says. Each
has a prior of mean 0 (at lag 0: 1, the sound as it is) and variance R (1 - a) a^k, with a the decay per frame and R the
energy of reflections against the direct sound. Of N frames many are of one note and no witnesses of their own: the
prior counts `DOUBT` N.

References:
    Z.-Q. Wang, G. Wichern, J. Le Roux, "Convolutive prediction for monaural speech dereverberation and
    noisy-reverberant speaker separation", IEEE/ACM TASLP 29, 2021 (there with a network's guess, and no prior).
    K. Lebart et al., "A new method based on spectral subtraction for speech dereverberation", Acta Acustica 87, 2001.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from separation.dereverb.wpe import Complexes, Prediction, some_at_a_time

Floats = NDArray[np.float32]

DOUBT = 2e-4
LEAST_LEVEL = 1e-2
"""Frames 20 dB below the loudest of their bin and softer ones count alike: softer still, noise would count most."""

LEAST_LEFT = 0.05
"""Of a bin's power, what the guess leaves at least."""


def guess_sound(spectrum: Complexes, power: Floats, late: Floats) -> Complexes:
    """The sound itself, as far as the `late` power that is expected tells it from its room."""
    taken = np.divide(late, power, out=np.ones_like(power), where=power > late)
    return spectrum * np.sqrt(np.maximum(1 - taken, LEAST_LEFT))[:, None]


def prior_of_taps(decay: float, reverberant: float, n_taps: int) -> Floats:
    """Variances of a room's taps, from lag 0 on, by its `decay` per frame and its energy against the direct sound."""
    variances = reverberant * (1 - decay) * decay ** np.arange(n_taps)
    variances[0] += 1
    return np.maximum(variances, 1e-9).astype(np.float32)


class RoomFilters:
    """What a stream tells of a room: sums over its frames, older ones discounted, and the filters they give.

    Args:
        delay: lag from which on taps are late.
        variances: of the taps, as `prior_of_taps` gives them.
        shape: number of bins and of channels.
        forget: what becomes of older sums with each addition.
    """

    def __init__(self, delay: int, variances: Floats, shape: tuple[int, int], forget: float) -> None:
        n_bins, n_channels = shape
        n_taps = len(variances)
        self.reach, self.late_reach = Prediction(n_taps, 0), Prediction(n_taps - delay, delay)
        self._forget = np.float32(forget)
        self._doubts = np.repeat(1 / variances[::-1], n_channels)
        self._of_guess = np.zeros((n_bins, self._doubts.size, self._doubts.size), np.complex64)
        self._with_rest = np.zeros((n_bins, self._doubts.size, n_channels), np.complex64)
        self._n_frames = 0.0

    def add(self, heard: Complexes, guess: Complexes, weights: Floats) -> None:
        """Adds the frames of `heard` [F, C, K] and `guess` [F, C, n_past + K], weighed by [F, K]."""
        self._n_frames = float(self._forget) * self._n_frames + np.count_nonzero(heard.any(axis=(0, 1)))
        self._of_guess *= self._forget
        self._with_rest *= self._forget
        rest = heard - guess[..., self.reach.n_past :]
        for bins in some_at_a_time(len(heard)):
            taps = self.reach.past(guess[bins])
            weighed = taps * weights[bins, None]
            self._of_guess[bins] += weighed @ taps.conj().swapaxes(1, 2)
            self._with_rest[bins] += weighed @ rest[bins].conj().swapaxes(1, 2)

    def late(self) -> Complexes:
        """The filters [F, L C, C] of the late taps; zeros before anything was added."""
        n_bins, _, n_channels = self._with_rest.shape
        n_late = self.late_reach.n_taps * n_channels
        late = np.zeros((n_bins, n_late, n_channels), np.complex64)
        if self._n_frames:
            ridge = np.diag(np.complex64(DOUBT * self._n_frames) * self._doubts)
            for bins in some_at_a_time(n_bins):
                late[bins] = np.linalg.solve(self._of_guess[bins] + ridge, self._with_rest[bins])[:, :n_late]
        return late
