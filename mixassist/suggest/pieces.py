"""Pieces of a song in mono at 22.05 kHz, with the spectra by which tempo, key and genre are told (a door of librosa).

A song is heard in pieces of 30 s, the length genres were learned from, so memory does not grow with it. What several
listeners need is worked out once for each piece, when the first of them asks. Spectrograms are [bins, frames]; frames
lie `HOP` apart and are not padded, so that no edge sounds like an onset.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from mixassist.audio.blocks import rechunk
from mixassist.audio.buffer import Samples
from mixassist.audio.resample import StreamResampler
from mixassist.dsp.spectrum import hann

RATE_HZ = 22050
N_FFT, HOP = 2048, 512
N_CHROMA_FFT, CHROMA_HOP = 8192, 4096
"""Bins of 2.7 Hz, which keep semitones apart from 50 Hz on."""
N_PIECE_FRAMES = 1292 * HOP
N_TEMPOGRAM_HOPS = 384
"""8.9 s, librosa's own."""
N_TEMPOGRAM_STEP = 4

Floats = NDArray[np.float32]


class MonoPiece:
    """Mono samples [T] at `RATE_HZ`, at least `N_FFT` of them where a spectrum is asked for."""

    def __init__(self, samples: Floats) -> None:
        self.samples = samples

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE_HZ

    @cached_property
    def magnitudes(self) -> Floats:
        """Short-time spectrum [1025, K]."""
        import librosa

        return np.abs(librosa.stft(self.samples, n_fft=N_FFT, hop_length=HOP, center=False))

    @cached_property
    def powers(self) -> Floats:
        """Squares [1025, K] of the magnitudes."""
        return np.square(self.magnitudes)

    @cached_property
    def mel_db(self) -> Floats:
        """Power in 128 mel bands [128, K] in dB."""
        import librosa

        mel = librosa.feature.melspectrogram(S=self.powers, sr=RATE_HZ)
        return np.asarray(librosa.power_to_db(mel, top_db=None), dtype=np.float32)

    @cached_property
    def tempogram(self) -> Floats:
        """Local autocorrelation [384, K / 4] of the onsets, 1 at lag 0 (Grosche, Müller and Kurth, ICASSP 2010).

        As librosa's own, but looked at every 93 ms: windows of 8.9 s tell no more from one hop to the next.
        """
        import librosa

        onsets = librosa.onset.onset_strength(S=self.mel_db, sr=RATE_HZ, hop_length=HOP, center=False)
        padded = np.pad(onsets, N_TEMPOGRAM_HOPS // 2, mode="linear_ramp")
        frames = sliding_window_view(padded, N_TEMPOGRAM_HOPS)[: len(onsets) : N_TEMPOGRAM_STEP].T
        lags = librosa.autocorrelate(frames * hann(N_TEMPOGRAM_HOPS)[:, None], axis=0)
        return np.asarray(librosa.util.normalize(lags, axis=0), dtype=np.float32)

    @cached_property
    def fine_magnitudes(self) -> Floats:
        """Spectrum [4097, K'] that keeps semitones apart, of at least `N_CHROMA_FFT` samples."""
        import librosa

        return np.abs(librosa.stft(self.samples, n_fft=N_CHROMA_FFT, hop_length=CHROMA_HOP, center=False))

    @cached_property
    def tuning(self) -> float:
        """How far from 440 Hz it is tuned, in semitones; 0 where it is too short or nothing has a pitch."""
        import librosa

        if len(self.samples) < N_CHROMA_FFT:
            return 0.0
        with warnings.catch_warnings():  # sound without pitch is no reason to alarm anybody
            warnings.simplefilter("ignore", UserWarning)
            return float(librosa.estimate_tuning(S=self.fine_magnitudes, sr=RATE_HZ, n_fft=N_CHROMA_FFT))


class PieceStream:
    """Cuts blocks [C, n] of a song into mono pieces, the last as long as what is left."""

    def __init__(self, rate: int) -> None:
        self._resampler = StreamResampler(1, rate, RATE_HZ)
        self._waiting: list[Samples] = []

    def process(self, samples: Samples) -> list[MonoPiece]:
        """The pieces that the block fills."""
        self._waiting.append(self._resampler.process(samples.mean(axis=0, keepdims=True)))
        if sum(block.shape[1] for block in self._waiting) <= N_PIECE_FRAMES:
            return []
        *full, rest = rechunk(self._waiting, N_PIECE_FRAMES)
        self._waiting = [rest]
        return [MonoPiece(piece[0]) for piece in full]

    def flush(self) -> list[MonoPiece]:
        """The rest; nothing may follow."""
        rest = [*self._waiting, self._resampler.flush()]
        self._waiting = []
        return [MonoPiece(piece[0]) for piece in rechunk(rest, N_PIECE_FRAMES)]


def song_pieces(blocks: Iterable[Samples], rate: int) -> Iterator[MonoPiece]:
    """The pieces of a song that comes in blocks [C, n]."""
    stream = PieceStream(rate)
    for block in blocks:
        yield from stream.process(block)
    yield from stream.flush()


def load_librosa() -> None:
    """Loads what the spectra are made with."""
    import librosa

    _ = librosa.feature.chroma_stft, librosa.onset.onset_strength
