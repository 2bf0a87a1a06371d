"""Compressor, gate, high-pass, place and width on blocks: processors of which pedalboard has no equal.

Its compressor treats channels apart and has no knee, its gate has no range and no hold, its high-pass is of first
order, and there is nothing for place and width.
Conventions: blocks [C, n] of a second or of whole hops of it, the last one shorter; what was heard before is
remembered, and gains begin where they were.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import scipy.signal

from mixassist.audio.buffer import Samples
from mixassist.dsp import gate as gates
from mixassist.dsp.compressor import CompressorSettings, compression_db
from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.gate import Gate, GateSettings
from mixassist.dsp.hops import Floats, hop_starts
from mixassist.dsp.parametric import EqBand, biquad


class CompressorProcess:
    """Levels of 10 ms over all channels, as the compressor was fitted to them."""

    def __init__(self, settings: CompressorSettings, rate: int) -> None:
        self._settings = settings
        self._rate = rate
        self._last_db = 0.0

    def __call__(self, samples: Samples) -> Samples:
        n_frames = samples.shape[1]
        starts = hop_starts(101, self._rate)
        starts = starts[starts < n_frames]
        gain_db = compression_db(_levels_db(samples, starts), self._settings, self._last_db)
        gains: Floats = np.concatenate([[self._last_db], gain_db]) + self._settings.make_up_db
        self._last_db = float(gain_db[-1])
        return _faded(samples, np.append(starts, n_frames), gains)


class GateProcess:
    """Opens within the millisecond in which a hit begins."""

    def __init__(self, settings: GateSettings, rate: int) -> None:
        self._gate = Gate(settings)
        self._rate = rate

    def __call__(self, samples: Samples) -> Samples:
        n_frames = samples.shape[1]
        starts = np.arange(gates.N_HOPS_PER_S + 1, dtype=np.int64) * self._rate // gates.N_HOPS_PER_S
        starts = starts[starts < n_frames]
        last_db = self._gate.last_db
        gains_db = self._gate.gains_db(_levels_db(samples, starts))
        return _faded(samples, np.append(starts, n_frames), np.concatenate([[last_db], gains_db]))


class FilterProcess:
    """Bands as second-order sections, in float64."""

    def __init__(self, bands: Sequence[EqBand], rate: int) -> None:
        self._sections = np.array([biquad(band, rate) for band in bands])
        self._states: Floats | None = None

    def __call__(self, samples: Samples) -> Samples:
        if self._states is None:
            self._states = np.zeros((len(self._sections), len(samples), 2))
        filtered, self._states = scipy.signal.sosfilt(self._sections, samples, axis=1, zi=self._states)
        return np.asarray(filtered, dtype=np.float32)


def placed(samples: Samples, gain_db: float, pan: float) -> Samples:
    """Both channels [2, n] of a mono or stereo track after its fader and its pan."""
    gain = 10 ** ((gain_db + pan_gain_db(pan)) / 20)
    sides = np.array([[gain * (1 - max(pan, 0.0))], [gain * (1 + min(pan, 0.0))]], dtype=np.float32)
    return np.asarray(samples * sides, dtype=np.float32)


def pan_gain_db(pan: float) -> float:
    """What a pan raises both sides by, for it lowers the far one to 1 - |pan|, and the power of both is to stay.

    Of a mono track, or one whose sides are as strong: 2 / (1 + (1 - |pan|)²) in power, 3.01 dB at the end.
    """
    return 10 * math.log10(2 / (1 + (1 - abs(pan)) ** 2))


def widened(samples: Samples, gain_db: float, side_db: float) -> Samples:
    """The samples with a gain, and another one for the difference of two channels."""
    gain = 10 ** (gain_db / 20)
    if side_db == 0 or len(samples) != 2:
        return (samples * np.float32(gain)).astype(np.float32)
    mid, side = (samples[0] + samples[1]) / 2, (samples[0] - samples[1]) / 2 * 10 ** (side_db / 20)
    return (gain * np.stack([mid + side, mid - side])).astype(np.float32)


def _levels_db(samples: Samples, starts: np.ndarray) -> Floats:
    """Mean square over channels of the hops that begin at `starts`."""
    n_frames = np.diff(starts, append=samples.shape[1])
    return power_to_db(np.add.reduceat(np.square(samples, dtype=np.float64).mean(axis=0), starts) / n_frames)


def _faded(samples: Samples, places: np.ndarray, gains_db: Floats) -> Samples:
    """The samples with gains that run in a line, in dB, from place to place."""
    curve = np.interp(np.arange(samples.shape[1]), places, gains_db)
    return (samples * 10 ** (curve / 20)).astype(np.float32)
