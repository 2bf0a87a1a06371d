"""What a segment sounds like, in few numbers: mel cepstra, pitch, loudness.

Conventions:
    Mel bands after Slaney (linear up to 1 kHz, logarithmic above), cepstra by an orthonormal cosine transform, the
    zeroth of which is level. Frames of 43 ms, half overlapping; those far below the loudest do not count.

References:
    Davis and Mermelstein, IEEE Trans. ASSP 28(4), 1980; Slaney, Auditory Toolbox, 1998.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats
from mixassist.dsp.spectrum import hann
from transfer.dataset.pieces import RATE, Mono

N_FFT = 2048
FRAME_HOP = N_FFT // 2
N_MEL = 40
N_CEPSTRA = 13
MEL_RANGE_HZ = (60.0, 16000.0)
RANGE_DB = 80.0
"""Bands further below the loudest of a segment are noise of the room or of the file."""
LOUD_FRAMES_DB = 30.0


def mel_cepstra(samples: Mono) -> Floats:
    """Cepstra [K, 13] of the audible frames of samples [T] at 48 kHz; a short sound is one frame."""
    padded = np.pad(samples, (0, max(N_FFT - samples.size, 0)))
    frames = sliding_window_view(padded, N_FFT)[::FRAME_HOP]
    powers = np.square(np.abs(scipy.fft.rfft(frames * hann(N_FFT), axis=1)))
    mel_db = power_to_db(powers @ _mel_bands().T)
    levels_db = power_to_db(powers.sum(axis=1))
    mel_db = np.maximum(mel_db, mel_db.max() - RANGE_DB)[levels_db > levels_db.max() - LOUD_FRAMES_DB]
    return np.asarray(scipy.fft.dct(mel_db, axis=1, norm="ortho")[:, :N_CEPSTRA])


@lru_cache(maxsize=1)
def _mel_bands() -> Floats:
    """Triangles [40, F] of equal area on Slaney's mel scale."""
    low, high = (_to_mel(edge) for edge in MEL_RANGE_HZ)
    edges_hz = _to_hz(np.linspace(low, high, N_MEL + 2))
    bins_hz = np.fft.rfftfreq(N_FFT, 1 / RATE)
    rise = (bins_hz - edges_hz[:-2, np.newaxis]) / np.diff(edges_hz)[:-1, np.newaxis]
    fall = (edges_hz[2:, np.newaxis] - bins_hz) / np.diff(edges_hz)[1:, np.newaxis]
    return np.maximum(np.minimum(rise, fall), 0) * (2 / (edges_hz[2:] - edges_hz[:-2]))[:, np.newaxis]


def _to_mel(hz: float) -> float:
    return float(hz / (200 / 3) if hz < 1000 else 15 + 27 * np.log(hz / 1000) / np.log(6.4))


def _to_hz(mel: Floats) -> Floats:
    return np.where(mel < 15, mel * 200 / 3, 1000 * 6.4 ** ((mel - 15) / 27))
