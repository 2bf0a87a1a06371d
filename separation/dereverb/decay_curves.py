"""`DecayCurves`: how the level falls where sounds end, before and after: energy decay as it can be seen in music.

Method: levels of octaves, every 10 ms. Where the recording falls most within 0.3 s, a sound ended: the courses of the
level from there on, each against its own beginning, are averaged, and what was kept is looked at in the same moments.

Conventions: blocks are [C, n]; memory does not grow with length: of each 20 s the steepest endings are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mixassist.dsp.decay import OCTAVES_HZ, octave_gains
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.spectrum import hann

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.floating]

SHOWN_HZ = (250.0, 1000.0, 4000.0)
HOP_S, WINDOW_S, PIECE_S = 0.01, 0.03, 20.0
FALL_S, FALL_TOLD_S, SHOWN_S = 0.3, 0.2, 0.5
SHARE = 0.02
"""Of the moments of an octave, which are called endings."""

RANGE_DB = 30.0
"""Moments as far below the loudest are too soft to begin from."""


class DecayCurves:
    """Collects endings while blocks at `rate` Hz pass by."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._hop = max(round(HOP_S * rate), 1)
        self._n_fft = scipy.fft.next_fast_len(max(round(WINDOW_S * rate), 16), real=True)
        hz = np.fft.rfftfreq(self._n_fft, 1 / rate)
        self._gains = octave_gains(hz)[[OCTAVES_HZ.index(each) for each in SHOWN_HZ]] ** 2
        self._waiting: list[Floats] = []
        self._n_waiting = 0
        n_shown = round(SHOWN_S / HOP_S)
        self._sums = np.zeros((2, len(SHOWN_HZ), n_shown))
        self._n_endings = np.zeros(len(SHOWN_HZ))

    def update(self, sound: Floats, kept: Floats) -> None:
        """Takes the next block of the recording, and what is kept of it."""
        self._waiting.append(np.stack([sound, kept]))
        self._n_waiting += sound.shape[1]
        if self._n_waiting >= PIECE_S * self._rate:
            self._gather()

    def curves_db(self) -> Floats:
        """Mean level [before and after, octave, moment] re that of the recording where sounds end; NaN without any."""
        self._gather()
        counted = np.where(self._n_endings, self._n_endings, np.nan)
        return self._sums / counted[:, None]

    def falls_db(self) -> dict[str, float | None]:
        """How far the level has fallen `FALL_TOLD_S` after sounds end, before and after, as plain JSON.

        It is the mean over octaves, re the recording where a sound ends; None where none does.
        """
        levels_db = self.curves_db()[..., round(FALL_TOLD_S / HOP_S)]
        falls = [-float(np.nanmean(each)) if np.isfinite(each).any() else None for each in levels_db]
        return {when: fall and round(fall, 2) for when, fall in zip(("before", "after"), falls, strict=True)}

    def draw(self, axis: Axes) -> None:
        """The curves as a diagram."""
        moments_s = np.arange(self._sums.shape[2]) * HOP_S
        before, after = self.curves_db()
        for row, hz in enumerate(SHOWN_HZ):
            axis.plot(moments_s, before[row], color=f"C{row}", linestyle=":", label=f"{hz:g} Hz before")
            axis.plot(moments_s, after[row], color=f"C{row}", label=f"{hz:g} Hz after")
        axis.set(title="level where sounds end", xlabel="s", ylabel="dB", xlim=(0, SHOWN_S))
        axis.grid(alpha=0.3)
        axis.legend(ncols=3, fontsize="small")

    def _gather(self) -> None:
        if not self._waiting:
            return
        piece = np.concatenate(self._waiting, axis=2)
        self._waiting, self._n_waiting = [], 0
        n_shown, n_fall = self._sums.shape[2], round(FALL_S / HOP_S)
        if piece.shape[2] < self._n_fft + n_shown * self._hop:
            return
        before, after = (self._levels_db(each) for each in piece)
        for row in range(len(SHOWN_HZ)):
            courses = sliding_window_view(before[row], n_shown)
            is_loud = courses[:, 0] > before[row].max() - RANGE_DB
            fall_db = np.where(is_loud, courses[:, 0] - courses[:, n_fall], -np.inf)
            endings = np.argsort(fall_db)[-max(round(SHARE * len(fall_db)), 1) :]
            endings = endings[fall_db[endings] > 0]
            begin_db = courses[endings, :1]
            self._sums[0, row] += (courses[endings] - begin_db).sum(axis=0)
            self._sums[1, row] += (sliding_window_view(after[row], n_shown)[endings] - begin_db).sum(axis=0)
            self._n_endings[row] += len(endings)

    def _levels_db(self, samples: Floats) -> Floats:
        """Levels [octave, K] of samples [C, n], not below -120 dB."""
        frames = sliding_window_view(samples, self._n_fft, axis=1)[:, :: self._hop] * hann(self._n_fft)
        powers = np.square(np.abs(scipy.fft.rfft(frames, axis=2))).mean(axis=0)
        return power_to_db(np.maximum(powers @ self._gains.T, 1e-12).T)
