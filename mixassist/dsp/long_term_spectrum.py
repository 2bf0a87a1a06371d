"""`SpectrumMeter`: the average power spectrum of a song, and what its two channels have in common.

Welch's method: Hann windows that overlap by half, their periodograms averaged. Of each window only sums per bin are
kept: the power of every channel, and the real part of the cross spectrum, from which width and correlation follow.
Reference: P. D. Welch, IEEE Trans. Audio Electroacoustics 15(2), 1967.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples
from mixassist.dsp.hops import Floats
from mixassist.dsp.spectrum import hann

WINDOW_S = 0.37
"""Bins of 2.7 Hz at 44.1 and 48 kHz: the third octave at 20 Hz is 4.6 Hz wide."""


@dataclass(frozen=True)
class LongTermSpectrum:
    """Mean power per bin.

    Attributes:
        powers: [C, F], of each channel; they sum to its mean square.
        cross: [F], real part of the product of left and right; that of the only channel with itself in mono.
        bin_hz: distance of bins, the first at 0 Hz.
    """

    powers: Floats
    cross: Floats
    bin_hz: float


class SpectrumMeter:
    """Averages the spectrum of blocks [C, n] of one or two channels; the result does not depend on how they are cut.

    Frames that do not fill the last window are left out; a song shorter than a window is put in its
    middle.
    """

    def __init__(self, rate: int, n_channels: int) -> None:
        self.n_fft = 2 ** round(math.log2(WINDOW_S * rate))
        self.rate = rate
        self._window = hann(self.n_fft)
        self._past = np.zeros((n_channels, 0), dtype=np.float32)
        self._powers = np.zeros((n_channels, self.n_fft // 2 + 1))
        self._cross = np.zeros(self.n_fft // 2 + 1)
        self._n_windows = 0
        self._n_frames = 0

    def update(self, samples: Samples) -> None:
        """Takes the next block [C, n]."""
        hop = self.n_fft // 2
        whole = np.concatenate([self._past, samples], axis=1)
        n_windows = max((whole.shape[1] - hop) // hop, 0)
        if n_windows:
            powers, cross = self._sums(whole[:, : (n_windows + 1) * hop])
            self._powers += powers
            self._cross += cross
            self._n_windows += n_windows
        self._past = whole[:, n_windows * hop :]
        self._n_frames += samples.shape[1]

    def spectrum(self) -> LongTermSpectrum:
        """The mean of all whole windows so far."""
        powers, cross = self._powers, self._cross
        window_energy = self._n_windows * _energy(self._window)
        if self._n_windows == 0:
            before, left = divmod(self.n_fft - self._n_frames, 2)
            after = before + left
            powers, cross = self._sums(np.pad(self._past, ((0, 0), (before, after))))
            window_energy = _energy(self._window[before : self.n_fft - after])
        scale = 2 / (self.n_fft * window_energy)
        one_sided = np.full(powers.shape[1], scale)
        one_sided[[0, -1]] /= 2
        return LongTermSpectrum(powers * one_sided, cross * one_sided, self.rate / self.n_fft)

    def _sums(self, whole: Samples) -> tuple[Floats, Floats]:
        """Sums of |X|² [C, F] and of Re(L R*) [F] over the windows in `whole` [C, a multiple of the hop]."""
        frames = sliding_window_view(whole, self.n_fft, axis=1)[:, :: self.n_fft // 2]
        parts = scipy.fft.rfft(frames * self._window, axis=-1).view(np.float32)
        powers = np.einsum("ckf,ckf->cf", parts, parts)
        cross = np.einsum("kf,kf->f", parts[0], parts[-1])
        return _real_plus_imaginary(powers), _real_plus_imaginary(cross)


def _energy(window: NDArray[np.float32]) -> float:
    return float(np.square(window, dtype=np.float64).sum())


def _real_plus_imaginary(parts: NDArray[np.float32]) -> Floats:
    """[..., F] of [..., 2 F], where real and imaginary parts alternate."""
    return parts[..., 0::2].astype(np.float64) + parts[..., 1::2]
