"""How far two sounds are apart in timbre: the maximum mean discrepancy of their MFCCs.

Frames of 43 ms that are heard (40 dB below the loudest or more) become 40 mel bands between 60 Hz, for offsets are no
timbre, and 16 kHz, in dB, no lower than 60 dB below the frame's loudest, and these the 19 coefficients after the one
that tells the level. The discrepancy compares two clouds of such points with Gaussian kernels: 0 when they are drawn
from one distribution, whatever the melody.

References:
    Gretton et al. 2012, "A kernel two-sample test", JMLR 13, eq. 3 (the unbiased estimate); its root is given.
"""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy.spatial.distance import cdist

from mixassist.dsp.hops import Floats

RATE = 48000
N_FFT, HOP = 2048, 1024
N_BANDS, N_COEFFICIENTS = 40, 20
LOWEST_HZ, HIGHEST_HZ = 60.0, 16000.0
HEARD_DB, FRAME_RANGE_DB = 40.0, 60.0
MOST_FRAMES = 1500


def mfccs(sound: NDArray[np.float32] | Floats) -> Floats:
    """Coefficients 1 to 19 of the frames of `sound` [T] at 48 kHz that are heard, [K, 19]."""
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(sound, (0, N_FFT)), N_FFT)[::HOP]
    power = np.abs(scipy.fft.rfft(frames * np.hanning(N_FFT))) ** 2 @ _mel_weights().T
    levels_db = 10 * np.log10(power + 1e-12)
    loudest_db = levels_db.max(axis=1, keepdims=True)
    heard = loudest_db[:, 0] > loudest_db.max() - HEARD_DB
    told = np.maximum(levels_db, loudest_db - FRAME_RANGE_DB)[heard]
    coefficients: Floats = scipy.fft.dct(told, norm="ortho")[:, 1:N_COEFFICIENTS]
    return coefficients


def discrepancy(first: Floats, second: Floats, width: float) -> float:
    """The discrepancy of two clouds of points under Gaussians of this width; 0 where chance makes it negative."""
    first, second = _some(first), _some(second)
    within = [_mean_kernel(cloud, width) for cloud in (first, second)]
    between = np.exp(-cdist(first, second, "sqeuclidean") / (2 * width**2)).mean()
    return float(np.sqrt(max(sum(within) - 2 * between, 0.0)))


def usual_width(cloud: Floats) -> float:
    """The median distance within a cloud."""
    some = _some(cloud)
    return float(np.median(cdist(some, some)[np.triu_indices(len(some), 1)]))


def _some(cloud: Floats) -> Floats:
    return cloud[np.linspace(0, len(cloud) - 1, min(len(cloud), MOST_FRAMES)).astype(int)]


def _mean_kernel(cloud: Floats, width: float) -> float:
    kernel = np.exp(-cdist(cloud, cloud, "sqeuclidean") / (2 * width**2))
    n = len(cloud)
    return float((kernel.sum() - n) / (n * (n - 1)))


def _mel_weights() -> Floats:
    """Triangles [N_BANDS, F], even on the mel scale."""
    mels = 2595 * np.log10(1 + np.fft.rfftfreq(N_FFT, 1 / RATE) / 700)
    lowest, highest = 2595 * np.log10(1 + np.array([LOWEST_HZ, HIGHEST_HZ]) / 700)
    places = (mels - lowest) / (highest - lowest) * (N_BANDS + 1)
    weights: Floats = np.maximum(1 - np.abs(places - np.arange(1, N_BANDS + 1)[:, None]), 0.0)
    return weights
