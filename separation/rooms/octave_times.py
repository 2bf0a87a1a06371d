"""`OctaveTimes`: reverberation times of many responses of one length, octave by octave and quickly.

Method: as `mixassist.dsp.decay.octave_reverberation_s`, but each octave is brought back from its own bins alone, at
a rate not much above the lowest that holds them: long responses are then measured several times as fast.
"""

from __future__ import annotations

import numpy as np
import scipy.fft

from mixassist.dsp.decay import OCTAVES_HZ, octave_gains, reverberation_s
from mixassist.dsp.hops import Floats

RINGING_S = 0.1
"""Silence after the response, into which the filter of the lowest octave rings."""

OVERSAMPLED, LEAST_SHARE = 2, 1 / 8
"""An octave is brought back at this many times the lowest rate that holds it, and at no less than this share of the
whole rate: else the beginning and the end of a short decay fall between its frames."""


class OctaveTimes:
    """Measures responses of `n_frames` frames at `rate` Hz."""

    def __init__(self, n_frames: int, rate: int) -> None:
        self.rate = rate
        self._n_spectrum = scipy.fft.next_fast_len(n_frames + round(RINGING_S * rate), real=True)
        self._share = n_frames / self._n_spectrum
        gains = octave_gains(scipy.fft.rfftfreq(self._n_spectrum, 1 / rate))
        self._gains = [gain[: np.flatnonzero(gain)[-1] + 1] for gain in gains if gain.any()]
        self._n_held = int(np.count_nonzero(np.asarray(OCTAVES_HZ) * np.sqrt(2) <= rate / 2))

    def __call__(self, response: Floats) -> Floats:
        """RT60 [O] in seconds, NaN where an octave has none or lies above half the rate."""
        spectrum = scipy.fft.rfft(response, self._n_spectrum)
        times = np.full(len(OCTAVES_HZ), np.nan)
        for octave, gain in enumerate(self._gains[: self._n_held]):
            n_wanted = max(OVERSAMPLED * 2 * len(gain), round(LEAST_SHARE * self._n_spectrum))
            n_band = min(scipy.fft.next_fast_len(n_wanted, real=True), self._n_spectrum)
            band = scipy.fft.irfft(spectrum[: len(gain)] * gain, n_band)[: round(self._share * n_band)]
            exact = self.rate * n_band / self._n_spectrum
            times[octave] = reverberation_s(band, round(exact)) * round(exact) / exact
        return times
