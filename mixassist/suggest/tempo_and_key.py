"""Tempo and key of a song, in one pass over its blocks (a door of librosa).

Tempo is the
strongest lag of the onset envelope's average autocorrelation, with librosa's prior around 120 beats a minute: half and
double tempo are its usual mistakes. Key is the best of 24 rotations of the probe-tone profiles against the summed
chroma; a song that modulates gets the key it spends most energy in.
References: P. Grosche, M. Müller, F. Kurth, ICASSP 2010 (tempogram); C. L. Krumhansl, Cognitive Foundations of Musical
Pitch, 1990 (profiles of Krumhansl and Kessler).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples
from mixassist.suggest.pieces import (
    CHROMA_HOP,
    HOP,
    N_CHROMA_FFT,
    N_TEMPOGRAM_HOPS,
    RATE_HZ,
    MonoPiece,
    PieceStream,
)

MIN_TEMPO_FRAMES = 4 * RATE_HZ
"""A piece shorter than 4 s tells no tempo."""
LEAST_CONTRAST = 0.01
"""Chroma that varies less than this share of its mean holds no pitch."""

PITCHES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TempoAndKey:
    """Tempo and key; None where there is nothing to tell them by.

    Attributes:
        tempo_bpm: beats per minute.
        tempo_strength: autocorrelation of the onsets at the beat's lag, 0 to 1.
        key: such as `A minor`.
        key_correlation: of the chroma with the key's profile, -1 to 1.
        next_key: the second best; often the relative or the fifth.
    """

    tempo_bpm: float | None = None
    tempo_strength: float | None = None
    key: str | None = None
    key_correlation: float | None = None
    next_key: str | None = None


class TempoAndKeyEar:
    """Hears a song piece by piece; `tell` says its tempo and key."""

    def __init__(self) -> None:
        self._tempogram = np.zeros(N_TEMPOGRAM_HOPS)
        self._chroma = np.zeros(12)

    def hear(self, piece: MonoPiece) -> None:
        """Takes the next piece."""
        if not piece.samples.any():
            return
        if len(piece.samples) >= MIN_TEMPO_FRAMES:
            self._tempogram += piece.tempogram.sum(axis=1, dtype=np.float64)
        if len(piece.samples) >= N_CHROMA_FFT:
            self._chroma += _chroma(piece)

    def tell(self) -> TempoAndKey:
        """Tempo and key of all pieces so far."""
        tempo_bpm, strength = _tempo(self._tempogram)
        key, correlation, next_key = _key(self._chroma)
        return TempoAndKey(tempo_bpm, strength, key, correlation, next_key)


class TempoAndKeyMeter:
    """Hears blocks [C, n] in mono; `finish` tells tempo and key."""

    def __init__(self, rate: int) -> None:
        self._pieces = PieceStream(rate)
        self._ear = TempoAndKeyEar()

    def update(self, samples: Samples) -> None:
        """Takes the next block [C, n]."""
        for piece in self._pieces.process(samples):
            self._ear.hear(piece)

    def finish(self) -> TempoAndKey:
        """Tempo and key of all blocks; nothing may follow."""
        for piece in self._pieces.flush():
            self._ear.hear(piece)
        return self._ear.tell()


def _chroma(piece: MonoPiece) -> Floats:
    """Magnitude [12] per pitch class, from C, summed over time, in the song's own tuning."""
    import librosa

    chroma = librosa.feature.chroma_stft(
        S=piece.fine_magnitudes,
        sr=RATE_HZ,
        n_fft=N_CHROMA_FFT,
        hop_length=CHROMA_HOP,
        tuning=piece.tuning,
        norm=None,
    )
    return np.asarray(chroma.sum(axis=1), dtype=np.float64)


def _tempo(tempogram: Floats) -> tuple[float | None, float | None]:
    """Beats per minute and strength at the best lag of a tempogram [lags]; None where nothing repeats."""
    import librosa

    if tempogram[0] <= 0:
        return None, None
    normalised = tempogram / tempogram[0]
    tempo_bpm = float(librosa.feature.tempo(tg=normalised[:, None], sr=RATE_HZ, hop_length=HOP)[0])
    lag = round(60 * RATE_HZ / (HOP * tempo_bpm))
    return tempo_bpm, float(normalised[lag])


def _key(chroma: Floats) -> tuple[str | None, float | None, str | None]:
    """Best key, its correlation and the second best key of a chroma [12]; None where no pitch stands out."""
    if chroma.std() <= LEAST_CONTRAST * chroma.mean():
        return None, None, None
    fits = {
        f"{pitch} {mode}": float(np.corrcoef(np.roll(profile, index), chroma)[0, 1])
        for mode, profile in PROFILES.items()
        for index, pitch in enumerate(PITCHES)
    }
    best, second = sorted(fits, key=fits.__getitem__, reverse=True)[:2]
    return best, fits[best], second
