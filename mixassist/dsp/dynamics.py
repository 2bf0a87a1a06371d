"""Levels and dynamics: rms, DC, noise floor, crest factor, PLR and PSR.

Conventions: dBFS of an rms is 10 log10 of the mean square, so that a sine at full scale measures -3.01. Crest factor is
sample peak over rms. PLR is true peak over integrated loudness (AES TD1008); PSR is the true peak of 3 s over their
short-term loudness (I. Shepherd, AES Convention 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixassist.audio.buffer import Samples
from mixassist.dsp.decibels import FLOOR_DB, amplitude_to_db, power_to_db
from mixassist.dsp.hops import Floats, HopTrack, hop_starts, windows
from mixassist.dsp.loudness import N_MOMENTARY_HOPS, N_SHORT_TERM_HOPS, N_STEP_HOPS, RANGE_GATE_LU, Loudness

NOISE_PERCENTILE = 1


@dataclass(frozen=True)
class Levels:
    """Levels of a song.

    Attributes:
        sample_peak_dbfs: the highest sample.
        rms_dbfs: of all channels together.
        crest_db: sample peak over rms.
        noise_floor_dbfs: rms of the quietest 0.4 s (their first percentile) that hold no digital silence; None where
            there are none. In a song without a rest it is the quietest music.
        dc: the mean of each channel, relative to full scale.
        balance_db: rms of the left channel over that of the right; None for mono and where one is silent.
    """

    sample_peak_dbfs: float
    rms_dbfs: float
    crest_db: float
    noise_floor_dbfs: float | None
    dc: tuple[float, ...]
    balance_db: float | None


class LevelMeter:
    """Measures the levels of blocks [C, n]."""

    def __init__(self, rate: int, n_channels: int) -> None:
        self._squares = HopTrack(rate, n_channels, np.add)
        self._energies = np.zeros(n_channels)
        self._sums = np.zeros(n_channels)
        self._peak = 0.0
        self._n_frames = 0

    def update(self, samples: Samples) -> None:
        """Takes the next block [C, n]."""
        if samples.shape[1] == 0:
            return
        squares = np.square(samples, dtype=np.float64)
        self._squares.update(squares)
        self._energies += squares.sum(axis=1)
        self._sums += samples.sum(axis=1, dtype=np.float64)
        self._peak = max(self._peak, float(samples.max()), -float(samples.min()))
        self._n_frames += samples.shape[1]

    def levels(self) -> Levels:
        """The levels of all blocks so far."""
        powers = self._energies / max(self._n_frames, 1)
        peak_db, rms_db = float(amplitude_to_db(self._peak)), float(power_to_db(powers.mean()))
        channel_db = power_to_db(powers)
        has_balance = len(powers) == 2 and channel_db.min() > FLOOR_DB
        return Levels(
            sample_peak_dbfs=peak_db,
            rms_dbfs=rms_db,
            crest_db=peak_db - rms_db,
            noise_floor_dbfs=self._noise_floor(),
            dc=tuple(float(mean) for mean in self._sums / max(self._n_frames, 1)),
            balance_db=float(channel_db[0] - channel_db[1]) if has_balance else None,
        )

    def _noise_floor(self) -> float | None:
        hops = self._squares.hops.mean(axis=0)
        hop_powers = hops / np.diff(hop_starts(len(hops), self._squares.rate))
        moments = windows(hop_powers, N_MOMENTARY_HOPS, N_STEP_HOPS)
        sounding = moments[power_to_db(moments.min(axis=-1, initial=np.inf)) > FLOOR_DB]
        if len(sounding) == 0:
            return None
        return float(np.percentile(power_to_db(sounding.mean(axis=-1)), NOISE_PERCENTILE))


def plr_db(true_peak_dbtp: float, loudness: Loudness) -> float | None:
    """Peak-to-loudness ratio; None where no loudness was measured."""
    return None if loudness.integrated_lufs is None else true_peak_dbtp - loudness.integrated_lufs


def psr_db(hop_peaks: Floats, loudness: Loudness) -> Floats:
    """Peak to short-term loudness [n] of the 3-s windows over the true peaks [n_hops] of their hops.

    NaN where the window lies more than 20 LU below the whole, and in songs of which no loudness was measured: what is
    said of dynamics should not rest on the fade-out.
    """
    peaks = windows(hop_peaks, N_SHORT_TERM_HOPS, N_STEP_HOPS).max(axis=-1, initial=0)
    gate_lufs = np.inf if loudness.integrated_lufs is None else loudness.integrated_lufs + RANGE_GATE_LU
    is_heard = loudness.short_term_lufs > gate_lufs
    return np.where(is_heard, amplitude_to_db(peaks) - np.where(is_heard, loudness.short_term_lufs, 0.0), np.nan)
