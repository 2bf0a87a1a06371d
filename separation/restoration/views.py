"""`Views`: what the network is shown of a stream of spectra, frame by frame, from the past alone.

Five magnitudes per bin, all against the level the recording has had of late:
    all         the rms over the channels;
    together    the part of it on which both channels agree, 0 where there is one channel: a room makes them differ;
    steady      the level below which the bin does not fall: noise that stays;
    lingering   what a small room and (fifth) a large one would have left of what sounded earlier.

Conventions: C channels, F bins, K frames. The frames may come in any cuts: each is seen in the light of those before.

References:
    R. Martin, "Noise power spectral density estimation based on optimal smoothing and minimum statistics", 2001
    (here: a minimum that rises slowly).
    K. Lebart et al., "A new method based on spectral subtraction for speech dereverberation", 2001 (the lingering).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from separation.live.level import RunningLevel

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]

ALL, TOGETHER, STEADY, SMALL_ROOM, LARGE_ROOM = range(5)
N_VIEWS = 5
AGREEMENT_S = 0.1
"""Over how long channels are compared."""

SMOOTHING_S = 0.06
RISE_DB_S = 5.0
"""How fast the steady level may rise."""

RT60S_S = (0.4, 1.6)
"""Of the small room and the large one."""

EARLY_S = 0.05
"""What sounded this long ago can have become a tail."""

SILENCE = np.float32(1e-12)


class Views:
    """The views of spectra with `n_bins` bins, one every `hop` samples at `rate` Hz."""

    def __init__(self, n_bins: int, hop: int, rate: int) -> None:
        hop_s = hop / rate
        self._hop = hop
        self._keep_agreement = np.float32(math.exp(-hop_s / AGREEMENT_S))
        self._keep_power = np.float32(math.exp(-hop_s / SMOOTHING_S))
        self._rise = np.float32(10 ** (RISE_DB_S * hop_s / 10))
        self._fall = (10 ** (-6 * hop_s / np.array(RT60S_S)[:, None])).astype(np.float32)
        self._n_early = max(round(EARLY_S / hop_s), 1)
        self._n_settling = max(round(4 * SMOOTHING_S / hop_s), 1)
        self._n_bins = n_bins
        self._level = RunningLevel(hop, rate)
        self.reset()

    def reset(self) -> None:
        """Forgets what was heard."""
        self._level.reset()
        self._cross = np.zeros(self._n_bins, np.complex64)
        self._powers = np.zeros((2, self._n_bins), np.float32)
        self._smooth, self._steady = np.zeros((2, self._n_bins), np.float32)
        self._lingering = np.zeros((self._n_early + 1, len(RT60S_S), self._n_bins), np.float32)
        self._n_heard = 0

    def process(self, spectrum: Complexes, samples: Floats) -> Floats:
        """Views [5, F, K] of the next `spectrum` [C, F, K]; its frames end with the hops of `samples` [C, K * hop]."""
        frames = np.ascontiguousarray(spectrum.transpose(2, 0, 1))
        power = frames.real**2 + frames.imag**2
        seen = np.empty((len(frames), N_VIEWS, self._n_bins), np.float32)
        for frame, view in enumerate(seen):
            now = power[frame].sum(axis=0) / np.float32(len(samples))
            view[ALL] = now
            view[TOGETHER] = self._agreed(frames[frame], power[frame]) * now
            view[STEADY] = self._follow(now)
            view[SMALL_ROOM:] = self._linger(now)
            level = self._level.advance(samples[:, frame * self._hop : (frame + 1) * self._hop])
            view /= np.float32(level**2)
        return np.sqrt(seen).transpose(1, 2, 0)

    def _agreed(self, spectrum: Complexes, power: Floats) -> Floats | float:
        """Squared coherence of two channels [F]."""
        if len(spectrum) == 1:
            return 0.0
        keep = self._keep_agreement
        self._cross = keep * self._cross + (1 - keep) * spectrum[0] * spectrum[1].conj()
        self._powers = keep * self._powers + (1 - keep) * power
        common = self._cross.real**2 + self._cross.imag**2
        agreed: Floats = common / np.maximum(self._powers[0] * self._powers[1], SILENCE**2)
        return np.minimum(agreed, np.float32(1))

    def _follow(self, power: Floats) -> Floats:
        """The steady power [F]; at the beginning of sound, all there is."""
        if not self._n_heard and power.max() <= SILENCE:
            return self._steady
        self._n_heard += 1
        self._smooth += (1 - self._keep_power) * (power - self._smooth)
        is_settling = self._n_heard <= self._n_settling
        self._steady = self._smooth.copy() if is_settling else np.minimum(self._smooth, self._rise * self._steady)
        return self._steady

    def _linger(self, power: Floats) -> Floats:
        """The powers [2, F] that would be left of what sounded `EARLY_S` ago."""
        self._lingering[:-1] = self._lingering[1:]
        self._lingering[-1] = np.maximum(power, self._fall * self._lingering[-2])
        left: Floats = self._fall**self._n_early * self._lingering[0]
        return left
