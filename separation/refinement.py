"""What is done to a network's masks before they meet the mixture, as far as it measurably helps.

Task: masks [B, S, C, F, K] and the mixture's spectrum [B, C, F, K] to better masks of the same shape.

Conventions: masks sum to 1 over the stems before and after, so the stems sum to the mixture. What a stem loses, other
gets. Every step looks at one segment alone, so songs of any length keep their bounded memory.

References: benchmarks/RESULTS.md, "lite: what is done to its masks", has a row for each step, and for the ones that
did not earn their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import ModelError
from separation.songs import STEMS

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]
OTHER, VOCALS = STEMS.index("other"), STEMS.index("vocals")
TINY = 1e-9
"""Added to energies of a spectrum whose loud bins are near 1000, so that silence is divided by something."""


@dataclass(frozen=True)
class Refinement:
    """How masks are refined; the defaults leave them as they are.

    `sharpness` is the power they are raised to: below 1 for a network that is surer than it is right.
    `vocals_threshold_db` is the level of vocals, relative to the mixture over `vocals_window_s`, at which half of what
    is there is kept as vocals; with `vocals_slope_db` below it a tenth is. A song without singing leaves its vocals
    there.
    """

    sharpness: float = 1.0
    vocals_threshold_db: float | None = None
    vocals_slope_db: float = 2.0
    vocals_window_s: float = 3.0

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Refinement:
        """What an artifact asks for in its options; nothing where it is silent about it.

        Raises:
            ModelError: for a step that there is not.
        """
        asked = options.get("refinement", {})
        unknown = set(asked) - {field.name for field in fields(cls)}
        if unknown:
            raise ModelError(f"model asks for {', '.join(sorted(unknown))}: it was made by another version")
        return cls(**asked)

    def __call__(self, masks: Floats, spectrum: Complexes, frames_per_s: float) -> Floats:
        """The refined masks [B, S, C, F, K] of a mixture's `spectrum` [B, C, F, K]."""
        if self == Refinement():
            return masks
        refined = masks.copy() if self.sharpness == 1 else sharpened(masks, self.sharpness)
        if self.vocals_threshold_db is not None:
            share = vocals_share(refined, spectrum, round(self.vocals_window_s * frames_per_s))
            kept = soft_gate(share, self.vocals_threshold_db, self.vocals_slope_db)
            give_vocals_to_other(refined, kept[:, None, None, :])
        return refined


def sharpened(masks: Floats, sharpness: float) -> Floats:
    """Masks to the power of `sharpness`, scaled to sum to 1 again."""
    powers: Floats = masks ** np.float32(sharpness)
    powers /= powers.sum(axis=1, keepdims=True)
    return powers


def give_vocals_to_other(masks: Floats, kept: Floats | float) -> None:
    """Leaves the vocals of masks [B, S, C, F, K] the part `kept`, which fits [B, C, F, K]; other gets the rest.

    It works in place: the masks of a segment are 17 MB.
    """
    masks[:, OTHER] += (1 - kept) * masks[:, VOCALS]
    masks[:, VOCALS] *= kept


def vocals_share(masks: Floats, spectrum: Complexes, n_window: int) -> Floats:
    """Energy of the vocals over that of the mixture [B, K], each summed over the `n_window` frames around."""
    import scipy.ndimage

    mixture = np.square(np.abs(spectrum))
    vocals = np.square(masks[:, VOCALS]) * mixture
    energies = np.stack([vocals.sum(axis=(1, 2)), mixture.sum(axis=(1, 2))]).astype(np.float64)
    # A running sum may leave a little less than nothing after a loud passage.
    around = np.maximum(scipy.ndimage.uniform_filter1d(energies, n_window, axis=-1, mode="constant"), 0)
    share: Floats = (around[0] / (around[1] + TINY)).astype(np.float32)
    return share


def soft_gate(share: Floats, threshold_db: float, slope_db: float) -> Floats:
    """Gains from 0 to 1 for shares of energy: 1/2 at the threshold, 1/10 with the slope below it."""
    power = np.log10(9) / (slope_db / 10)
    relative = (share / np.float32(10 ** (threshold_db / 10))) ** np.float32(power)
    gains: Floats = relative / (1 + relative)
    return gains
