"""`TruePeakMeter`: the peak between the samples, at four times the rate.

A signal's continuous peak may lie well above its samples, and converters and lossy encoders meet it. The interpolator
is that of ITU-R BS.1770-4 Annex 2: 48 taps in four phases; its phases miss the samples themselves by a little, so the
sample peak counts too. Each frame's four values are products of one matrix, which runs at the speed of BLAS.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples
from mixassist.dsp.hops import Floats, HopTrack

HALF_OF_THE_TAPS = (
    (0.0017089843750, -0.0291748046875, -0.0189208984375, -0.0083007812500),
    (0.0109863281250, 0.0292968750000, 0.0330810546875, 0.0148925781250),
    (-0.0196533203125, -0.0517578125000, -0.0582275390625, -0.0266113281250),
    (0.0332031250000, 0.0891113281250, 0.1015625000000, 0.0476074218750),
    (-0.0594482421875, -0.1665039062500, -0.2003173828125, -0.1022949218750),
    (0.1373291015625, 0.4650878906250, 0.7797851562500, 0.9721679687500),
)
"""Taps 0 to 5 of the phases 0 to 3; the filter is symmetric, so tap 11 - k of phase 3 - p is tap k of phase p."""

PHASE_TAPS: NDArray[np.float32] = np.array([*HALF_OF_THE_TAPS, *(row[::-1] for row in HALF_OF_THE_TAPS[::-1])]).astype(
    np.float32
)
"""[12, 4]: taps of each phase."""

N_TAPS, N_PHASES = 12, 4
N_FRAMES_AT_ONCE = 16
"""Frames per row of the product: fewer give BLAS too little to do, more multiply by too many zeros."""
N_FRAMES_OF_A_PART = 32768
"""What is oversampled at once, in memory that is kept: where the system hands it out anew, that takes as long again."""


def _interpolator() -> NDArray[np.float32]:
    """The matrix [27, 64] that takes 16 frames and the 11 before to 64 samples at four times the rate."""
    matrix = np.zeros((N_FRAMES_AT_ONCE + N_TAPS - 1, N_FRAMES_AT_ONCE, N_PHASES), dtype=np.float32)
    for frame in range(N_FRAMES_AT_ONCE):
        # Tap k weighs the frame k before.
        matrix[frame : frame + N_TAPS, frame] = PHASE_TAPS[::-1]
    return matrix.reshape(len(matrix), -1)


class TruePeakMeter:
    """Finds the true peak of blocks [C, n], over all and for each hundredth of a second.

    The peak of a hop comes from its samples and from interpolated ones up to 5.5 frames late.
    """

    def __init__(self, rate: int, n_channels: int) -> None:
        self._matrix = _interpolator()
        self._past = np.zeros((n_channels, N_TAPS - 1), dtype=np.float32)
        self._between = HopTrack(rate, n_channels, np.maximum, n_per_frame=N_PHASES)
        self._at = HopTrack(rate, n_channels, np.maximum)
        self._peak = 0.0
        n_rows = N_FRAMES_OF_A_PART // N_FRAMES_AT_ONCE
        self._rows = np.empty(n_channels * n_rows * len(self._matrix), dtype=np.float32)
        self._products = np.empty(n_channels * n_rows * N_FRAMES_AT_ONCE * N_PHASES, dtype=np.float32)

    def update(self, samples: Samples) -> None:
        """Takes the next block [C, n]."""
        for start in range(0, samples.shape[1], N_FRAMES_OF_A_PART):
            self._update(samples[:, start : start + N_FRAMES_OF_A_PART])

    def _update(self, samples: Samples) -> None:
        between = self._interpolate(samples)
        np.abs(between, out=between)
        magnitudes = np.abs(samples)
        self._between.update(between)
        self._at.update(magnitudes)
        self._peak = max(self._peak, float(between.max()), float(magnitudes.max()))

    @property
    def peak(self) -> float:
        """The highest amplitude so far, the end of the song included."""
        silence = np.zeros_like(self._past)
        return max(self._peak, float(np.abs(self._oversampled(np.concatenate([self._past, silence], axis=1))).max()))

    @property
    def hop_peaks(self) -> Floats:
        """The highest amplitude [n_hops] of any channel in each complete hop."""
        return np.asarray(np.maximum(self._between.hops, self._at.hops).max(axis=0))

    def _interpolate(self, samples: Samples) -> NDArray[np.float32]:
        whole = np.concatenate([self._past, samples], axis=1)
        self._past = whole[:, samples.shape[1] :]
        return self._oversampled(whole)

    def _oversampled(self, whole: Samples) -> NDArray[np.float32]:
        """[C, 4 n] of `whole` [C, 11 + n], in memory that the next call writes to."""
        n_frames = whole.shape[1] - (N_TAPS - 1)
        padded = np.pad(whole, ((0, 0), (0, -n_frames % N_FRAMES_AT_ONCE)))
        windows = sliding_window_view(padded, len(self._matrix), axis=1)[:, ::N_FRAMES_AT_ONCE]
        rows = self._rows[: windows.size].reshape(windows.shape)
        np.copyto(rows, windows)
        n_products = windows.shape[0] * windows.shape[1] * self._matrix.shape[1]
        products = self._products[:n_products].reshape(*windows.shape[:2], -1)
        np.matmul(rows, self._matrix, out=products)
        return products.reshape(len(whole), -1)[:, : N_PHASES * n_frames]
