"""`AudioChecker`: what is wrong with a recording, found while its blocks pass by.

Task: silence, clipping, DC offset, NaN and infinite samples, as findings.
Conventions: blocks [C, n], full scale ±1; the findings do not depend on how the audio is cut into blocks.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples
from mixassist.errors import Finding

SILENCE_DB = -90.0
CLIP_LEVEL = 0.999
N_CLIPPED_IN_A_ROW = 3
DC_LIMIT = 0.001


class AudioChecker:
    """Collects findings over blocks [C, n].

    - `non-finite`: NaN or infinite samples; they count as zero for the rest.
    - `silent`: no sample above -90 dBFS.
    - `clipped`: runs of at least three equal magnitudes at 99.9 % of full scale or above, in one channel.
    - `dc-offset`: a channel whose mean lies more than 0.1 % of full scale from zero.
    """

    def __init__(self, rate: int, n_channels: int) -> None:
        self.rate = rate
        self.n_frames = 0
        self.peak = 0.0
        self.n_clipped_runs = 0
        self.n_non_finite = 0
        self._first_clipped_frame: int | None = None
        self._first_non_finite_frame: int | None = None
        self._sums = np.zeros(n_channels)
        self._last_magnitudes = np.full((n_channels, N_CLIPPED_IN_A_ROW), -1.0, dtype=np.float32)

    def update(self, samples: Samples) -> None:
        """Takes the next block [C, n]."""
        if samples.shape[1] == 0:
            return
        finite = self._without_non_finite(samples)
        magnitudes = np.abs(finite)
        self.peak = max(self.peak, float(magnitudes.max()))
        self._sums += finite.sum(axis=1, dtype=np.float64)
        self._count_clipped_runs(magnitudes)
        self.n_frames += samples.shape[1]

    def findings(self) -> tuple[Finding, ...]:
        """Everything found so far, the worst first."""
        found = (self._non_finite(), self._silent(), self._clipped(), self._dc_offset())
        return tuple(finding for finding in found if finding)

    def _without_non_finite(self, samples: Samples) -> Samples:
        is_finite = np.isfinite(samples)
        n_bad = samples.size - int(np.count_nonzero(is_finite))
        if n_bad == 0:
            return samples
        if self._first_non_finite_frame is None:
            self._first_non_finite_frame = self.n_frames + int((~is_finite).any(axis=0).argmax())
        self.n_non_finite += n_bad
        return np.where(is_finite, samples, np.float32(0))

    def _count_clipped_runs(self, magnitudes: NDArray[np.float32]) -> None:
        """Counts a run at its third sample: x[i] = x[i-1] = x[i-2], but not x[i-3], so each counts once in any cut."""
        joined = np.concatenate((self._last_magnitudes, magnitudes), axis=1)
        self._last_magnitudes = joined[:, -N_CLIPPED_IN_A_ROW:]
        if not (magnitudes >= CLIP_LEVEL).any():
            return
        is_held = (joined[:, 1:] == joined[:, :-1]) & (joined[:, 1:] >= CLIP_LEVEL)
        is_third = is_held[:, 2:] & is_held[:, 1:-1] & ~is_held[:, :-2]
        if not is_third.any():
            return
        self.n_clipped_runs += int(np.count_nonzero(is_third))
        if self._first_clipped_frame is None:
            self._first_clipped_frame = self.n_frames + int(is_third.any(axis=0).argmax()) - (N_CLIPPED_IN_A_ROW - 1)

    def _non_finite(self) -> Finding | None:
        if self._first_non_finite_frame is None:
            return None
        where = self._seconds(self._first_non_finite_frame)
        return Finding("non-finite", "error", f"{self.n_non_finite} samples are NaN or infinite, the first at {where}")

    def _silent(self) -> Finding | None:
        peak_db = 20 * math.log10(self.peak) if self.peak else -math.inf
        if peak_db > SILENCE_DB:
            return None
        return Finding("silent", "warning", f"there is nothing to hear: the peak is {peak_db:.1f} dBFS")

    def _clipped(self) -> Finding | None:
        if self._first_clipped_frame is None:
            return None
        where = self._seconds(self._first_clipped_frame)
        runs = "1 run" if self.n_clipped_runs == 1 else f"{self.n_clipped_runs} runs"
        return Finding("clipped", "warning", f"{runs} of clipped samples, the first at {where}")

    def _dc_offset(self) -> Finding | None:
        means = self._sums / max(self.n_frames, 1)
        worst = float(means[np.abs(means).argmax()])
        if abs(worst) <= DC_LIMIT:
            return None
        return Finding("dc-offset", "warning", f"the DC offset is {worst:+.2%} of full scale")

    def _seconds(self, frame: int) -> str:
        return f"{frame / self.rate:.3f} s"
