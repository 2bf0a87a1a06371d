"""Tempo and key of a song, in one pass over its blocks (a door of librosa).

The song is heard in mono at 22.05 kHz in pieces of 41 s, so memory does not grow with its length. Tempo is the
strongest lag of the onset envelope's average autocorrelation, with librosa's prior around 120 beats a minute: half and
double tempo are its usual mistakes. Key is the best of 24 rotations of the probe-tone profiles against the summed
chroma; a song that modulates gets the key it spends most energy in.
References: P. Grosche, M. Müller, F. Kurth, ICASSP 2010 (tempogram); C. L. Krumhansl, Cognitive Foundations of Musical
Pitch, 1990 (profiles of Krumhansl and Kessler).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.blocks import rechunk
from mixassist.audio.buffer import Samples
from mixassist.audio.resample import StreamResampler

RATE_HZ = 22050
N_FFT, HOP = 2048, 512
N_CHROMA_FFT, CHROMA_HOP = 8192, 4096
"""Bins of 2.7 Hz, which keep semitones apart from 50 Hz on."""
N_PIECE_FRAMES = 1764 * HOP
MIN_TEMPO_FRAMES = 4 * RATE_HZ
"""A piece shorter than 4 s tells no tempo."""
N_TEMPOGRAM_HOPS = 384
"""8.9 s, librosa's own."""
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


class TempoAndKeyMeter:
    """Hears blocks [C, n] in mono; `finish` tells tempo and key."""

    def __init__(self, rate: int) -> None:
        self._resampler = StreamResampler(1, rate, RATE_HZ)
        self._waiting: list[Samples] = []
        self._tempogram = np.zeros(N_TEMPOGRAM_HOPS)
        self._chroma = np.zeros(12)

    def update(self, samples: Samples) -> None:
        """Takes the next block [C, n]."""
        self._take(self._resampler.process(samples.mean(axis=0, keepdims=True)))

    def finish(self) -> TempoAndKey:
        """Tempo and key of all blocks; nothing may follow."""
        self._take(self._resampler.flush())
        self._analyse(np.concatenate(self._waiting, axis=1)[0])
        tempo_bpm, strength = _tempo(self._tempogram)
        key, correlation, next_key = _key(self._chroma)
        return TempoAndKey(tempo_bpm, strength, key, correlation, next_key)

    def _take(self, mono: Samples) -> None:
        """Keeps blocks [1, n] until they fill a piece, and analyses each piece."""
        self._waiting.append(mono)
        if sum(block.shape[1] for block in self._waiting) < N_PIECE_FRAMES:
            return
        *pieces, rest = rechunk(self._waiting, N_PIECE_FRAMES)
        for piece in pieces:
            self._analyse(piece[0])
        self._waiting = [rest]

    def _analyse(self, mono: NDArray[np.float32]) -> None:
        if not mono.any():
            return
        if len(mono) >= MIN_TEMPO_FRAMES:
            self._tempogram += _tempogram(mono)
        if len(mono) >= N_CHROMA_FFT:
            self._chroma += _chroma(mono)


def _tempogram(mono: NDArray[np.float32]) -> Floats:
    """Local autocorrelation [lags] of the onsets in `mono` [T], summed over time."""
    import librosa

    power = np.abs(librosa.stft(mono, n_fft=N_FFT, hop_length=HOP, center=False)) ** 2
    mel_db = librosa.power_to_db(librosa.feature.melspectrogram(S=power, sr=RATE_HZ), top_db=None)
    onsets = librosa.onset.onset_strength(S=mel_db, sr=RATE_HZ, hop_length=HOP, center=False)
    local = librosa.feature.tempogram(
        onset_envelope=onsets, sr=RATE_HZ, hop_length=HOP, win_length=N_TEMPOGRAM_HOPS, center=True
    )
    return np.asarray(local.sum(axis=1), dtype=np.float64)


def _chroma(mono: NDArray[np.float32]) -> Floats:
    """Magnitude [12] per pitch class in `mono` [T], from C, summed over time, in the song's own tuning."""
    import librosa

    magnitude = np.abs(librosa.stft(mono, n_fft=N_CHROMA_FFT, hop_length=CHROMA_HOP, center=False))
    with warnings.catch_warnings():  # sound without pitch is no reason to alarm anybody
        warnings.simplefilter("ignore", UserWarning)
        tuning = librosa.estimate_tuning(S=magnitude, sr=RATE_HZ, n_fft=N_CHROMA_FFT)
    chroma = librosa.feature.chroma_stft(
        S=magnitude, sr=RATE_HZ, n_fft=N_CHROMA_FFT, hop_length=CHROMA_HOP, tuning=tuning, norm=None
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
