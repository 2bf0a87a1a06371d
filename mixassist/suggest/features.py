"""Features of sound that genres are told by (the door of librosa).

The columns are those of the GTZAN feature table (librosa at 22 050 Hz, windows of 2048 samples, hops of 512): means and
variances over time. `level_free` makes of them what does not change with the level of a file, for masters of today are
10 dB louder than the recordings of that collection, and loudness is no genre.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import AudioError
from mixassist.suggest.pieces import HOP, N_FFT, MonoPiece
from mixassist.suggest.pieces import RATE_HZ as RATE_HZ

N_MFCC = 20
N_MEL = 128
MEL_RANGE_DB = 80.0
"""librosa's own: what is quieter below the loudest band counts as this much quieter."""
MIN_S = 1.0

SPECTRAL = ("chroma_stft", "rms", "spectral_centroid", "spectral_bandwidth", "rolloff", "zero_crossing_rate")
TABLE_COLUMNS = (
    *(f"{name}_{kind}" for name in SPECTRAL for kind in ("mean", "var")),
    "tempo",
    *(f"mfcc{number}_{kind}" for number in range(1, N_MFCC + 1) for kind in ("mean", "var")),
)
"""Of the table's 57 all but the four of harmonic-percussive separation, which cost more time than all others together
and gain 3 % of songs on held-out artists."""

GENRE_COLUMNS = tuple(column for column in TABLE_COLUMNS if column != "rms_mean")

TINY = 1e-12
"""Variances below are those of constants, sums of magnitudes those of silence."""
SMALLEST = 1e-10
"""Samples of less have no sign, as librosa has it."""

Floats = NDArray[np.floating]


def table_features(samples: NDArray[np.float32]) -> dict[str, float]:
    """The `TABLE_COLUMNS` of mono samples [T] at `RATE_HZ`.

    Raises:
        AudioError: for less than `MIN_S` seconds, or silence.
    """
    return piece_features(MonoPiece(samples))


def piece_features(piece: MonoPiece) -> dict[str, float]:
    """The `TABLE_COLUMNS` of a piece.

    Raises:
        AudioError: for less than `MIN_S` seconds, or silence.
    """
    if len(piece.samples) < MIN_S * RATE_HZ:
        raise AudioError(f"{piece.seconds:.2f} s are too short to tell a genre: give at least {MIN_S:g} s")
    if not piece.samples.any():
        raise AudioError("there is nothing but silence: give a song with sound")
    import librosa

    found = {"tempo": float(librosa.feature.tempo(tg=piece.tempogram, sr=RATE_HZ)[0])}
    for name, track in _tracks(piece).items():
        found[f"{name}_mean"], found[f"{name}_var"] = float(np.mean(track)), float(np.var(track))
    return found


def _tracks(piece: MonoPiece) -> dict[str, Floats]:
    """What the table has means and variances of, over time."""
    import librosa

    feature, magnitudes = librosa.feature, piece.magnitudes
    centroid, bandwidth = spectral_moments(magnitudes)
    cepstra = feature.mfcc(S=np.maximum(piece.mel_db, piece.mel_db.max() - MEL_RANGE_DB), n_mfcc=N_MFCC)
    return {
        "chroma_stft": feature.chroma_stft(S=piece.powers, sr=RATE_HZ, tuning=piece.tuning),
        "rms": feature.rms(y=piece.samples, center=False),
        "spectral_centroid": centroid,
        "spectral_bandwidth": bandwidth,
        "rolloff": feature.spectral_rolloff(S=magnitudes, sr=RATE_HZ),
        "zero_crossing_rate": zero_crossing_rate(piece.samples),
        **{f"mfcc{number}": track for number, track in enumerate(cepstra, start=1)},
    }


def spectral_moments(magnitudes: Floats) -> tuple[Floats, Floats]:
    """Centroid and bandwidth [K] in Hz of magnitudes [F, K]: mean and deviation of frequency; 0 in silence.

    librosa's, whose detour by way of the distance of each bin from each centroid costs fifteen times as much.
    """
    hz = np.linspace(0, RATE_HZ / 2, len(magnitudes))
    total = np.maximum(magnitudes.sum(axis=0, dtype=np.float64), TINY)
    centroid, square = np.stack([hz, hz**2]) @ magnitudes / total
    return centroid, np.sqrt(np.maximum(square - centroid**2, 0))


def zero_crossing_rate(samples: Floats) -> Floats:
    """Share [K] of samples [T] in each window whose sign is another than the last one's; librosa's without frames."""
    is_negative = samples < -SMALLEST
    n_before = np.cumsum(is_negative[1:] != is_negative[:-1])
    starts = np.arange(0, len(samples) - N_FFT + 1, HOP)
    n_until_start = np.where(starts > 0, n_before[starts - 1], 0)
    return (n_before[starts + N_FFT - 2] - n_until_start) / N_FFT


def level_free(table: Mapping[str, float]) -> dict[str, float]:
    """The `GENRE_COLUMNS` of a row of the table: unchanged by gain, and logarithms of what spans decades.

    A gain of g dB adds sqrt(N_MEL) g to the first cepstrum (orthonormal DCT of dB) and scales rms by its amplitude.
    """
    rms = max(table["rms_mean"], TINY)
    free = dict(table)
    free["mfcc1_mean"] -= np.sqrt(N_MEL) * 20 * np.log10(rms)
    free["rms_var"] /= rms**2
    for column in GENRE_COLUMNS:
        if column.endswith("_var") or column in {"tempo", "zero_crossing_rate_mean"}:
            free[column] = float(np.log(max(free[column], TINY)))
    return {column: float(free[column]) for column in GENRE_COLUMNS}
