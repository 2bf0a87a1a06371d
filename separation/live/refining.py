"""`LiveRefinement`: what `separation.refinement` does to masks, from the past alone.

Conventions: one frame at a time, masks [S, C, F] and the mixture's spectrum [C, F].
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from separation.refinement import TINY, VOCALS, Refinement, give_vocals_to_other, sharpened, soft_gate


class LiveRefinement:
    """Refines the masks of a stream, frame by frame.

    Offline, vocals are compared with the mixture over the frames around; here over those before, each counting less
    the longer ago it was: by a factor of e per `vocals_window_s`.
    """

    def __init__(self, refinement: Refinement, frames_per_s: float) -> None:
        self._refinement = refinement
        self._share = 1 / max(1.0, refinement.vocals_window_s * frames_per_s)
        self.reset()

    def __call__(self, masks: NDArray[Any], spectrum: NDArray[Any]) -> NDArray[Any]:
        """The refined masks of the next frame; they still sum to 1 over the stems."""
        if self._refinement == Refinement():
            return masks
        sharpness = self._refinement.sharpness
        refined = masks.copy() if sharpness == 1 else sharpened(masks[None], sharpness)[0]
        if self._refinement.vocals_threshold_db is not None:
            give_vocals_to_other(refined[None], self._kept_vocals(refined, spectrum))
        return refined

    def reset(self) -> None:
        """Forgets what was heard."""
        self._energies = np.zeros(2)

    def _kept_vocals(self, masks: NDArray[Any], spectrum: NDArray[Any]) -> float:
        """The gain of the vocals, 0 to 1."""
        mixture = np.square(np.abs(spectrum))
        now = np.array([np.sum(np.square(masks[VOCALS]) * mixture), np.sum(mixture)], np.float64)
        self._energies += self._share * (now - self._energies)
        vocals, everything = self._energies
        threshold_db = self._refinement.vocals_threshold_db or 0.0
        share = np.array([vocals / (everything + TINY)], np.float32)
        return float(soft_gate(share, threshold_db, self._refinement.vocals_slope_db)[0])
