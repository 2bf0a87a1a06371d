"""Weighted prediction of late reverberation, bin by bin: what of now follows from what was.

Task: per frequency, the linear filter that foretells a frame from frames at least `delay` earlier, learned from all
channels together, and what it foretells.

Conventions: spectra are complex64 [F, C, K]. Past frames of all channels lie in one axis of L C taps, [F, LC, K].

Derivation. With y the past and x the present, weighted by w = 1 / (power of the sound itself), statistics
R = Σ w y y^H and P = Σ w y x^H give the filter G = (R + r I)^-1 P and the tail G^H y. They are sums over frames: those
of a stream are added up as it goes, older ones discounted. r = `RIDGE` K / C (K: the discounted count of frames, C:
channels) is the prior that a room's taps are small. It also says that frames of one note are not so many independent
witnesses: without it, a few seconds of music teach the filter the notes instead of the room, and the signal can be
driven to nothing.

References:
    T. Nakatani et al., "Speech dereverberation based on variance-normalized delayed linear prediction", IEEE TASLP
    18(7), 2010 (WPE). L. Drude et al., "NARA-WPE", ITG Speech Communication 2018, for the same in numpy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]

RIDGE = 200.0
N_BINS_AT_A_TIME = 32
"""So that the past of that many bins stays small beside the statistics."""


@dataclass(frozen=True)
class Prediction:
    """A frame is foretold from `n_taps` frames, the latest of them `delay` frames ago."""

    n_taps: int
    delay: int

    @property
    def n_past(self) -> int:
        """Frames before the first one that its prediction needs."""
        return self.delay + self.n_taps - 1

    def past(self, spectrum: Complexes) -> Complexes:
        """The taps [F, LC, K] of a spectrum [F, C, n_past + K]."""
        reach = spectrum[..., : spectrum.shape[-1] - self.delay]
        taps = sliding_window_view(reach, self.n_taps, axis=-1)  # [F, C, K, L]
        n_bins, n_channels, n_frames, n_taps = taps.shape
        return np.ascontiguousarray(taps.transpose(0, 3, 1, 2)).reshape(n_bins, n_taps * n_channels, n_frames)


class Statistics:
    """R and P of a stream, and the filters they give."""

    def __init__(
        self, prediction: Prediction, n_bins: int, n_channels: int, forget: float = 1.0, ridge: float = RIDGE
    ) -> None:
        n_taps = prediction.n_taps * n_channels
        self._prediction = prediction
        self._forget = forget
        self._ridge = ridge
        self._of_past = np.zeros((n_bins, n_taps, n_taps), np.complex64)
        self._with_present = np.zeros((n_bins, n_taps, n_channels), np.complex64)
        self._n_frames = 0.0

    def add(self, spectrum: Complexes, own_power: Floats) -> None:
        """Adds the frames of [F, C, n_past + K] that have a past, weighted by their `own_power` [F, K]."""
        n_heard = np.count_nonzero(spectrum[..., self._prediction.n_past :].any(axis=(0, 1)))
        self._n_frames = self._forget * self._n_frames + n_heard
        self._of_past *= np.float32(self._forget)
        self._with_present *= np.float32(self._forget)
        weights = 1 / np.maximum(own_power, np.finfo(np.float32).tiny ** 0.5)[:, None]
        for bins in some_at_a_time(len(spectrum)):
            past = self._prediction.past(spectrum[bins])
            weighted = past * weights[bins]
            present = spectrum[bins, :, self._prediction.n_past :]
            self._of_past[bins] += weighted @ past.conj().swapaxes(1, 2)
            self._with_present[bins] += weighted @ present.conj().swapaxes(1, 2)

    def filters(self) -> Complexes:
        """G [F, LC, C]; zeros before anything was added."""
        if not self._n_frames:
            return np.zeros_like(self._with_present)
        solved = np.empty_like(self._with_present)
        ridge = self._ridge * self._n_frames / solved.shape[2] * np.eye(self._of_past.shape[1])
        for bins in some_at_a_time(len(solved)):
            solved[bins] = np.linalg.solve(self._of_past[bins] + ridge, self._with_present[bins])
        return solved


def foretell(spectrum: Complexes, prediction: Prediction, filters: tuple[Complexes, Complexes]) -> Complexes:
    """G^H y [F, C, K] of a spectrum [F, C, n_past + K]; the filter fades from the first of the two to the second."""
    n_frames = spectrum.shape[-1] - prediction.n_past
    tail = np.empty((*spectrum.shape[:2], n_frames), np.complex64)
    share = (np.arange(n_frames, dtype=np.float32) + 0.5) / max(n_frames, 1)
    for bins in some_at_a_time(len(spectrum)):
        past = prediction.past(spectrum[bins])
        before, after = (each[bins].conj().swapaxes(1, 2) @ past for each in filters)
        tail[bins] = before + share * (after - before)
    return tail


def some_at_a_time(n_bins: int) -> list[slice]:
    """All bins, `N_BINS_AT_A_TIME` each."""
    return [slice(first, first + N_BINS_AT_A_TIME) for first in range(0, n_bins, N_BINS_AT_A_TIME)]
