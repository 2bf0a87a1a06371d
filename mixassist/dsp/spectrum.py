"""Short-time Fourier transform and its inverse, on the host, so that no exported graph holds a complex number.

Conventions follow `torch.stft`: centred frames, reflected edges, periodic Hann window. `is_normalized` divides by
sqrt(n_fft), as demucs does. Arrays are [..., T] in time and [..., F, K] in frequency: F bins, K frames.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]


@lru_cache(maxsize=8)
def hann(n_fft: int) -> Floats:
    """Periodic Hann window [n_fft]: 0.5 - 0.5 cos(2 pi n / n_fft)."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    return window.astype(np.float32)


def stft(samples: Floats, n_fft: int, hop: int, is_normalized: bool = False) -> Complexes:
    """Spectrogram [..., n_fft // 2 + 1, 1 + T // hop] of `samples` [..., T]."""
    import scipy.fft

    edge = n_fft // 2
    padded = np.pad(samples, [(0, 0)] * (samples.ndim - 1) + [(edge, edge)], mode="reflect")
    frames = sliding_window_view(padded, n_fft, axis=-1)[..., ::hop, :]
    window = hann(n_fft) / np.float32(np.sqrt(n_fft)) if is_normalized else hann(n_fft)
    spectrum = scipy.fft.rfft(frames * window, axis=-1)
    return np.swapaxes(spectrum, -1, -2)


def istft(spectrum: Complexes, hop: int, n_frames: int, is_normalized: bool = False) -> Floats:
    """Samples [..., n_frames] whose centred spectrogram is nearest to `spectrum` [..., F, K] in least squares."""
    import scipy.fft

    n_fft = 2 * (spectrum.shape[-2] - 1)
    window = hann(n_fft) * np.float32(np.sqrt(n_fft)) if is_normalized else hann(n_fft)
    frames = scipy.fft.irfft(np.swapaxes(spectrum, -1, -2), n=n_fft, axis=-1)
    frames *= window
    samples = _overlap_add(frames, hop)
    samples /= _envelope(n_fft, hop, spectrum.shape[-1])
    return samples[..., n_fft // 2 : n_fft // 2 + n_frames]


def _overlap_add(frames: Floats, hop: int) -> Floats:
    """Sum [..., (K - 1) * hop + n_fft] of `frames` [..., K, n_fft] laid `hop` apart; hop must divide n_fft."""
    *batch, n_windows, n_fft = frames.shape
    n_slices = n_fft // hop
    total = np.zeros((*batch, n_windows + n_slices - 1, hop), dtype=frames.dtype)
    slices = frames.reshape(*batch, n_windows, n_slices, hop)
    for index in range(n_slices):
        total[..., index : index + n_windows, :] += slices[..., index, :]
    return total.reshape(*batch, -1)


@lru_cache(maxsize=8)
def _envelope(n_fft: int, hop: int, n_windows: int) -> Floats:
    """Sum of the squared windows, 1 where it vanishes (the outermost samples, which are cut away)."""
    squares = np.broadcast_to(hann(n_fft) ** 2, (n_windows, n_fft))
    envelope = _overlap_add(np.ascontiguousarray(squares), hop)
    return np.where(envelope > 1e-11, envelope, np.float32(1.0))
