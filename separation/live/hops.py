"""`HopSeparator`: the next hop of a stream in, the next hop of its stems out.

Task: cut the stream into windowed frames that end at the present, let the network say how each bin is shared out, and
overlap what comes of it.

Derivation. The analysis window w is the one the network learned with. The synthesis window is w / e, where e is the sum
of w² over all frames that overlap at a place (it repeats with the hop), so masks of 1 give back the input: the frames'
products w · w / e sum to 1. A sample is complete when the last frame that holds it has been added, n_fft - hop later.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.spectrum import hann
from mixassist.runtime import Session
from mixassist.runtime.stepper import open_stepper
from separation.lite import magnitudes
from separation.live.level import RunningLevel
from separation.live.refining import LiveRefinement
from separation.refinement import Refinement

N_CHANNELS = 2
N_WARM_UP = 10
"""An engine's first runs are slow: they are made before anybody listens."""


class HopSeparator:
    """Estimates the stems at `stem_indices`, in the arithmetic of the session's tensors.

    Each estimate is `latency_samples` late. `n_broken` counts the hops for which the network gave numbers that are NaN
    or infinite: it then starts anew, and the stems are silent there.
    """

    def __init__(self, session: Session, stem_indices: Sequence[int]) -> None:
        options = session.spec.options
        n_fft: int = options["n_fft"]
        self.hop: int = options["hop"]
        self.latency_samples = n_fft - self.hop
        self.n_broken = 0
        self._stem_indices = list(stem_indices)
        self._stepper = open_stepper(session, 1)
        self._magnitude, self._mask = self._stepper.inputs["magnitude"], self._stepper.outputs["mask"]
        self.dtype = self._magnitude.dtype
        self._analysis, self._synthesis = _windows(n_fft, self.hop, self.dtype)
        self._level = RunningLevel(self.hop, session.spec.rate)
        self._refine = LiveRefinement(Refinement.from_options(options), session.spec.rate / self.hop)
        self._heard = np.zeros((N_CHANNELS, n_fft), self.dtype)
        self._coming = np.zeros((len(stem_indices), N_CHANNELS, n_fft), self.dtype)
        for _ in range(N_WARM_UP):
            self._stepper.step()
        self.reset()

    def step(self, samples: NDArray[Any]) -> NDArray[Any]:
        """The next hop of the stems [S, 2, hop] after the next `samples` [2, hop]; reused by the next step."""
        _shift(self._heard, self.hop, samples)
        spectrum: NDArray[Any] = np.fft.rfft(self._heard * self._analysis)
        seen = magnitudes(spectrum[None, ..., None])
        np.divide(seen, self._level.advance(samples), out=self._magnitude)
        self._stepper.step()
        masks = self._refine(self._mask[0, ..., 0], spectrum)[self._stem_indices]
        frames = np.fft.irfft(masks * spectrum, n=self._analysis.size)
        _shift(self._coming, self.hop, 0)
        self._coming += frames * self._synthesis
        if not np.isfinite(self._coming).all():
            self.n_broken += 1
            self.reset()
        return self._coming[..., : self.hop]

    def reset(self) -> None:
        """Back to silence, as if just opened."""
        self._stepper.reset()
        self._level.reset()
        self._refine.reset()
        self._heard.fill(0)
        self._coming.fill(0)


def _shift(array: NDArray[Any], hop: int, new: NDArray[Any] | float) -> None:
    """Moves `array` [..., n] towards its beginning by a hop and puts `new` at its end."""
    array[..., :-hop] = array[..., hop:]
    array[..., -hop:] = new


def _windows(n_fft: int, hop: int, dtype: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Windows [n_fft] for the way into the spectrum and back."""
    window = hann(n_fft).astype(np.float64)
    envelope = np.square(window).reshape(-1, hop).sum(axis=0)
    return window.astype(dtype), (window / np.tile(envelope, n_fft // hop)).astype(dtype)
