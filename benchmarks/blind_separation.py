"""Separation by signal processing alone: what a separator that learned from songs must beat.

Task: a mixture [C, T] to stems [S, C, T] by masks that sum to 1, so that the stems sum to the mixture.

Conventions:
    Drums are what stands upright in the spectrogram; bass is what lies flat below `BASS_HZ`; vocals are a share of what
    lies flat in the band of voices, as far as it is in the middle of the stereo image; other is the rest. In mono
    everything is in the middle. The numbers were set on the CC0 songs of separation/train.

References:
    Fitzgerald 2010, "Harmonic/percussive separation using median filtering" (through librosa, with soft masks).
    Avendano 2003, "Frequency-domain source identification and manipulation in stereo mixes" (the similarity).
"""

from __future__ import annotations

from typing import Any

import librosa
import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.spectrum import istft, stft
from separation.songs import STEMS

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]

N_FFT, HOP = 2048, 512
KERNEL = (17, 51)
"""Frames and bins of the medians, of what lies flat and of what stands upright."""

BASS_HZ = 150.0
VOICE_HZ = (150.0, 8000.0)
VOICE_SHARE = 0.4
"""How much of the middle is given to vocals: nothing here tells a voice from another instrument in the middle."""


def separate_blindly(mixture: Floats, rate: int) -> Floats:
    """Drums, bass, other and vocals [4, C, T] of a mixture [C, T]."""
    spectrum = stft(mixture, N_FFT, HOP)
    masks = blind_masks(spectrum, np.fft.rfftfreq(N_FFT, 1 / rate))
    return np.stack([istft(masks[stem] * spectrum, HOP, mixture.shape[-1]) for stem in STEMS])


def blind_masks(spectrum: Complexes, hz: NDArray[np.floating[Any]]) -> dict[str, Floats]:
    """Masks [F, K] of the stems of a spectrogram [C, F, K] whose bins lie at `hz`."""
    flat, upright = librosa.decompose.hpss(np.abs(spectrum).mean(axis=0), kernel_size=KERNEL, mask=True)
    bass = flat * (hz < BASS_HZ)[:, None]
    is_voiced = (hz >= VOICE_HZ[0]) & (hz < VOICE_HZ[1])
    vocals = VOICE_SHARE * flat * centred(spectrum) * is_voiced[:, None]
    return {"drums": upright, "bass": bass, "vocals": vocals, "other": flat - bass - vocals}


def centred(spectrum: Complexes) -> Floats:
    """How much a bin is in the middle, [F, K]: 2 |L R*| / (|L|² + |R|²), 1 for equal sides and for mono."""
    left, right = spectrum[0], spectrum[-1]
    both = np.abs(left) ** 2 + np.abs(right) ** 2
    similarity: Floats = 2 * np.abs(left * right.conj()) / np.maximum(both, 1e-12)
    return similarity
