"""The Fourier transform of `spectrum` and its inverse for sound that comes block by block.

Task: give a network spectra while someone plays, and turn what it makes of them back into sound.

Conventions: blocks are [C, T] with T a multiple of `hop`, 0 too; each hop gives one frame, [C, F, K]. Before the first
block lies silence. Frames and samples are those of `spectrum.stft` and `spectrum.istft`, away from the ends of the
song, where those reflect or cut; they come as soon as their last sample is there, hence `latency_samples` late. Each
call allocates what it gives and, on the way, arrays as large as all its frames: this is work for the thread that runs
the network, not for a sound card's callback.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from mixassist.dsp.spectrum import Complexes, Floats, hann
from mixassist.errors import OptionError


@dataclass(frozen=True)
class SpectrumGrid:
    """Frames of `n_fft` samples, one every `hop`; `is_normalized` divides spectra by sqrt(n_fft).

    Raises:
        OptionError: when `n_fft` is not an even number of hops, so that no frame would be centred on a hop.
    """

    n_fft: int
    hop: int
    is_normalized: bool = False

    def __post_init__(self) -> None:
        if self.hop < 1 or self.n_fft < 1 or self.n_fft % (2 * self.hop):
            raise OptionError(f"n_fft {self.n_fft} is not an even number of hops of {self.hop}: choose hop = n_fft / 4")

    @property
    def latency_samples(self) -> int:
        """How late sound is after analysis and synthesis: a frame less the hop that is heard with its last sample."""
        return self.n_fft - self.hop

    @property
    def latency_frames(self) -> int:
        """Frames that come before frame 0 of `spectrum.stft`, which is centred on the first sample."""
        return self.n_fft // (2 * self.hop) - 1

    @property
    def scale(self) -> np.float32:
        """What spectra are divided by."""
        return np.float32(np.sqrt(self.n_fft) if self.is_normalized else 1.0)


class StreamStft:
    """Sound in, spectra out."""

    def __init__(self, grid: SpectrumGrid, n_channels: int) -> None:
        self.grid = grid
        self._window = hann(grid.n_fft) / grid.scale
        self._past = np.zeros((n_channels, grid.n_fft - grid.hop), np.float32)

    def process(self, block: Floats) -> Complexes:
        """Spectra [C, F, K] of the frames that end within `block` [C, K * hop].

        Raises:
            OptionError: when the block is no whole number of hops.
        """
        n_fft, hop = self.grid.n_fft, self.grid.hop
        if block.shape[-1] % hop:
            raise OptionError(f"a block of {block.shape[-1]} samples is no multiple of the hop of {hop}: cut it so")
        if not block.shape[-1]:
            return np.empty((len(block), n_fft // 2 + 1, 0), np.complex64)
        whole = np.concatenate([self._past, block], axis=-1)
        self._past = whole[:, block.shape[-1] :]
        frames = sliding_window_view(whole, n_fft, axis=-1)[:, ::hop]
        spectrum: Complexes = scipy.fft.rfft(frames * self._window, axis=-1)
        return spectrum.swapaxes(-1, -2)

    def reset(self) -> None:
        """Forgets what came before."""
        self._past = np.zeros_like(self._past)


class StreamIstft:
    """Spectra in, sound out."""

    def __init__(self, grid: SpectrumGrid, n_channels: int) -> None:
        self.grid = grid
        # Least squares: frames are windowed again, and the sum is divided by that of the squared windows, one per hop.
        window = hann(grid.n_fft)
        squares = (window**2).reshape(-1, grid.hop).sum(axis=0)
        self._window = window * grid.scale / np.tile(squares, grid.n_fft // grid.hop)
        self._overlap = np.zeros((n_channels, grid.n_fft), np.float32)

    def process(self, spectrum: Complexes) -> Floats:
        """The samples [C, K * hop] that spectra [C, F, K] complete."""
        hop = self.grid.hop
        frames = scipy.fft.irfft(spectrum.swapaxes(-1, -2), n=self.grid.n_fft, axis=-1) * self._window
        given = np.empty((len(frames), frames.shape[1], hop), np.float32)
        for index in range(frames.shape[1]):
            self._overlap += frames[:, index]
            given[:, index] = self._overlap[:, :hop]
            self._overlap[:, :-hop] = self._overlap[:, hop:]
            self._overlap[:, -hop:] = 0
        return given.reshape(len(given), -1)

    def reset(self) -> None:
        """Forgets what came before."""
        self._overlap[:] = 0
