"""The noise that an amplifier adds by itself: what of its softest moments no short filter makes of the DI.

No DI is silent, and its own noise comes through the amplifier as the playing does, which a model learns like all else.
So soft, an amplifier is nearly linear: what the least-squares filter from the DI leaves there is nobody's answer.
Conventions: aligned mono signals [T]; levels in dBFS, as `levels` takes them.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from amp_models.pairs.levels import FRAME_S, Levels

Signal = NDArray[np.float64]

N_TAPS = 256
"""5 ms at 48 kHz: too few to tell the mains' hum from its neighbours, which would explain any hum by any other."""
N_AHEAD = 32
"""Taps before the sound: interpolation and loudspeakers answer early."""
SOFTEST_SHARE = 0.05
N_MOST_SAMPLES = 2**17
RIDGE = 1e-9
"""Of the DI's power, for what a band-limited DI does not hold."""


def own_noise_db(di: Signal, straight: Signal, levels: Levels, rate: int) -> float:
    """Level of what the amplifier adds by itself, at most `levels.noise_db`; without pauses, of the softest twentieth.

    `straight` is the reamped take on the DI's samples.
    """
    n_frame = round(FRAME_S * rate)
    frames = _softest(levels, N_MOST_SAMPLES // n_frame)
    n_samples = frames.size * n_frame
    if n_samples < 2 * N_TAPS:
        return levels.noise_db
    heard = sliding_window_view(np.pad(di, (N_TAPS - 1 - N_AHEAD, N_AHEAD)), N_TAPS)
    square, cross, energy = np.zeros((N_TAPS, N_TAPS)), np.zeros(N_TAPS), 0.0
    for first in frames * n_frame:
        rows, answer = heard[first : first + n_frame], straight[first : first + n_frame]
        rows, answer = rows - rows.mean(axis=0), answer - answer.mean()
        square += rows.T @ rows
        cross += rows.T @ answer
        energy += float(answer @ answer)
    ridge = RIDGE * np.trace(square) / N_TAPS + 1e-30
    taps = np.linalg.solve(square + ridge * np.eye(N_TAPS), cross)
    rest = max(energy - float(2 * taps @ cross - taps @ square @ taps), 1e-30)
    # So many free taps explain some of any noise by chance.
    rest_db = 10 * np.log10(rest / (n_samples - N_TAPS))
    return float(min(levels.noise_db, rest_db))


def _softest(levels: Levels, n_most: int) -> NDArray[np.int64]:
    """Numbers of the idle frames, or without a pause of those where the DI is softest; at most so many, spread out."""
    is_soft = levels.is_idle if levels.has_pause else levels.di_db <= np.quantile(levels.di_db, SOFTEST_SHARE)
    found = np.flatnonzero(is_soft)
    return found if found.size <= n_most else found[np.linspace(0, found.size - 1, n_most).astype(int)]
