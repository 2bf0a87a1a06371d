"""Runs HTDemucs and HDemucs networks whose STFT stays on the host.

Task: mixture [B, C, T] to stems [B, S, C, T] through a core that maps (`spectrum`, `mix`) to (`spectra`, `waves`).

Conventions: `spectrum` [B, 2C, F, K] holds real and imaginary parts as channels (re, im of channel 1, re, im of
channel 2); the Nyquist bin is left out and K = ceil(T / hop). A stem is the inverse STFT of its spectrum plus its wave.

References: Rouard, Massa, Défossez, "Hybrid Transformers for Music Source Separation" (2023); `_spec` and `_ispec` of
`demucs.htdemucs` (demucs 4.1.0), which this file equals.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.spectrum import istft, stft
from mixassist.runtime import Session

N_HOST_THREADS = 2
"""Stems transformed back side by side: numpy and scipy let go of Python's lock while they compute."""

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]


class HybridNetwork:
    """A demucs core and the transforms around it."""

    def __init__(self, session: Session) -> None:
        options = session.spec.options
        self.session = session
        self.segment: int = options["segment"]
        self.is_padded: bool = options["is_padded"]
        self._hop: int = options["hop"]
        self._n_fft: int = options["n_fft"]

    def __call__(self, mix: Floats, stem_indices: Sequence[int]) -> Floats:
        """Stems [B, len(stem_indices), C, T] of `mix` [B, C, T]."""
        spectrum = channels_from_complex(spectrum_of(mix, self._n_fft, self._hop))
        outputs = self.session.run({"spectrum": spectrum, "mix": mix})
        spectra, waves = outputs["spectra"], outputs["waves"]
        with ThreadPoolExecutor(N_HOST_THREADS) as pool:
            stems = pool.map(lambda index: self._stem(spectra[:, index], waves[:, index]), stem_indices)
            return np.stack(list(stems), axis=1)

    def _stem(self, spectrum: Floats, wave: Floats) -> Floats:
        n_frames = wave.shape[-1]
        edge = self._hop // 2 * 3
        length = spectrum.shape[-1] * self._hop + 2 * edge
        samples = istft(complex_from_channels(spectrum), self._hop, length, is_normalized=True)
        return samples[..., edge : edge + n_frames] + wave


def spectrum_of(mix: Floats, n_fft: int, hop: int) -> Complexes:
    """Spectrogram [B, C, n_fft / 2, ceil(T / hop)] of `mix` [B, C, T], Nyquist bin left out."""
    n_windows = -(-mix.shape[-1] // hop)
    edge = hop // 2 * 3
    padded = reflect(mix, edge, edge + n_windows * hop - mix.shape[-1])
    return stft(padded, n_fft, hop, is_normalized=True)[..., :-1, 2 : 2 + n_windows]


def channels_from_complex(spectrum: Complexes) -> Floats:
    """Real and imaginary parts as channels [B, 2C, F, K] of `spectrum` [B, C, F, K]."""
    n_batch, n_channels, n_bins, n_windows = spectrum.shape
    parts = np.stack([spectrum.real, spectrum.imag], axis=2)
    return parts.reshape(n_batch, 2 * n_channels, n_bins, n_windows)


def complex_from_channels(channels: Floats) -> Complexes:
    """Complex spectrum [B, C, F + 1, K + 4] of real and imaginary channels [B, 2C, F, K].

    What the network does not see is zero: the Nyquist bin and two windows at either end.
    """
    n_batch, n_parts, n_bins, n_windows = channels.shape
    complexes = np.zeros((n_batch, n_parts // 2, n_bins + 1, n_windows + 4), dtype=np.complex64)
    inner = complexes[:, :, :-1, 2:-2]
    inner.real = channels[:, 0::2]
    inner.imag = channels[:, 1::2]
    return complexes


def reflect(samples: Floats, n_left: int, n_right: int) -> Floats:
    """`samples` [..., T] mirrored at both ends, after zeros where T is too short to mirror (`demucs.hdemucs.pad1d`)."""
    lead = [(0, 0)] * (samples.ndim - 1)
    n_missing = max(n_left, n_right) + 1 - samples.shape[-1]
    if n_missing > 0:
        zeros_right = min(n_right, n_missing)
        zeros_left = n_missing - zeros_right
        samples = np.pad(samples, [*lead, (zeros_left, zeros_right)])
        n_left, n_right = n_left - zeros_left, n_right - zeros_right
    return np.pad(samples, [*lead, (n_left, n_right)], mode="reflect")
