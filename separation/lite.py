"""Runs `lite`, the embedded separator: a network that gives each bin of the mixture's spectrogram to the stems.

Task: mixture [B, C=2, T] to stems [B, S, C, T] by masks on the mixture's STFT.

Conventions: the network sees magnitudes of left, right, mid and side and answers with masks [B, S, C, F, K] that
sum to 1 over the stems, so the stems sum to the mixture.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.spectrum import istft, stft
from mixassist.runtime import Session
from separation.refinement import Refinement

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]


class MaskNetwork:
    """A mask estimator and the transforms around it."""

    is_padded = True

    def __init__(self, session: Session) -> None:
        options = session.spec.options
        self.session = session
        self._hop: int = options["hop"]
        self._n_fft: int = options["n_fft"]
        self.segment: int = (options["n_segment_frames"] - 1) * self._hop
        self.refinement = Refinement.from_options(options)

    def __call__(self, mix: Floats, stem_indices: Sequence[int]) -> Floats:
        """Stems [B, len(stem_indices), C, T] of `mix` [B, C, T]."""
        spectrum = stft(mix, self._n_fft, self._hop)
        masks = self._masks(spectrum)
        stems = [istft(masks[:, i] * spectrum, self._hop, mix.shape[-1]) for i in stem_indices]
        return np.stack(stems, axis=1)

    def _masks(self, spectrum: Complexes) -> Floats:
        """Refined masks [B, S, C, F, K]; a segment's are 17 MB, so none is held longer than it is needed."""
        refine, frames_per_s = self.refinement, self.session.spec.rate / self._hop
        return refine(self.session.run({"magnitude": magnitudes(spectrum)})["mask"], spectrum, frames_per_s)


def magnitudes(spectrum: Complexes) -> Floats:
    """What the network sees [B, 4, F, K]: magnitudes of left, right, mid and side of `spectrum` [B, 2, F, K]."""
    left, right = spectrum[:, 0], spectrum[:, 1]
    views = np.abs(left), np.abs(right), np.abs(left + right) / 2, np.abs(left - right) / 2
    return np.stack(views, axis=1)
