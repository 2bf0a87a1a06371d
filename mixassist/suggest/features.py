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

RATE_HZ = 22050
N_MFCC = 20
N_MEL = 128
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
"""Variances below are those of constants."""


def table_features(samples: NDArray[np.float32]) -> dict[str, float]:
    """The `TABLE_COLUMNS` of mono samples [T] at `RATE_HZ`.

    Raises:
        AudioError: for less than `MIN_S` seconds, or silence.
    """
    if len(samples) < MIN_S * RATE_HZ:
        raise AudioError(f"{len(samples) / RATE_HZ:.2f} s are too short to tell a genre: give at least {MIN_S:g} s")
    if not np.any(samples):
        raise AudioError("there is nothing but silence: give a song with sound")
    import librosa

    magnitudes = np.abs(librosa.stft(samples))
    feature = librosa.feature
    mel = feature.melspectrogram(S=magnitudes**2, sr=RATE_HZ, n_mels=N_MEL)
    tracks = {
        "chroma_stft": feature.chroma_stft(S=magnitudes**2, sr=RATE_HZ),
        "rms": feature.rms(y=samples),
        "spectral_centroid": feature.spectral_centroid(S=magnitudes, sr=RATE_HZ),
        "spectral_bandwidth": feature.spectral_bandwidth(S=magnitudes, sr=RATE_HZ),
        "rolloff": feature.spectral_rolloff(S=magnitudes, sr=RATE_HZ),
        "zero_crossing_rate": feature.zero_crossing_rate(samples),
    }
    cepstra = feature.mfcc(S=librosa.power_to_db(mel), n_mfcc=N_MFCC)
    tracks |= {f"mfcc{number}": track for number, track in enumerate(cepstra, start=1)}
    envelope = librosa.onset.onset_strength(S=librosa.power_to_db(mel), sr=RATE_HZ)
    found = {"tempo": float(feature.tempo(onset_envelope=envelope, sr=RATE_HZ)[0])}
    for name, track in tracks.items():
        found[f"{name}_mean"], found[f"{name}_var"] = float(np.mean(track)), float(np.var(track))
    return found


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
