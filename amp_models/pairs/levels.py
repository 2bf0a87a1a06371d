"""How loud the two takes are from moment to moment, and what that tells: noise, gate, compression, coverage.

Conventions: aligned mono signals [T]; levels in dBFS, rms of frames of 20 ms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Signal = NDArray[np.float64]

FRAME_S = 0.02
FLOOR_DB = -140.0
IDLE_BELOW_LOUD_DB = 45.0
N_SETTLING_FRAMES = 15
"""After playing stops, what the amplifier still says: 0.3 s that are no noise."""
STEP_DB = 3.0
UPPER_DB = 20.0
N_FEWEST_STEPS = 4
N_FEWEST_FRAMES = 8
GATE_DB = 15.0
N_SPECTRUM = 2048


@dataclass(frozen=True)
class Levels:
    """Levels of frames, and which frames are idle: the DI has been quiet for a while.

    Attributes:
        di_db: [K].
        reamped_db: [K].
        is_idle: [K].
        rest_db: level of what never stops in the reamped take, as `everlasting_db` tells it.
    """

    di_db: Signal
    reamped_db: Signal
    is_idle: NDArray[np.bool_]
    rest_db: float

    @property
    def noise_db(self) -> float:
        """Level of the reamped take's noise in dBFS; without any pause, of what never stops, an estimate."""
        if self.has_pause:
            return float(10 * np.log10(np.mean(10 ** (self.reamped_db[self.is_idle] / 10))))
        return min(self.rest_db, float(self.reamped_db.min()))

    @property
    def has_pause(self) -> bool:
        return int(np.count_nonzero(self.is_idle)) >= N_FEWEST_FRAMES

    def idle_samples(self, rate: int) -> NDArray[np.bool_]:
        """Which samples of the takes are idle: of all whole frames, [K · frame]."""
        return np.repeat(self.is_idle, round(FRAME_S * rate))

    @property
    def playing_db(self) -> float:
        """Level of the reamped take over everything that is not idle, in dBFS."""
        return float(10 * np.log10(np.mean(10 ** (self.reamped_db[~self.is_idle] / 10))))

    @property
    def range_db(self) -> float:
        """From soft to hard playing: the DI's levels between the tenth and the ninety-fifth hundredth."""
        playing = self.di_db[~self.is_idle]
        return float(np.quantile(playing, 0.95) - np.quantile(playing, 0.1))

    @property
    def expansion(self) -> float:
        """How far the reamped level goes for each dB of the DI's, median over its upper 20 dB; compression < 1."""
        steps, heights = self._steps()
        is_upper = steps >= steps[-1] - UPPER_DB / STEP_DB if steps.size else np.zeros(0, dtype=bool)
        if np.count_nonzero(is_upper) < N_FEWEST_STEPS:
            return 1.0
        return float(np.median(np.diff(heights[is_upper]) / (STEP_DB * np.diff(steps[is_upper]))))

    @property
    def gate_db(self) -> float:
        """The highest step that the reamped take falls beyond the DI's own fall, from 3 dB to the next."""
        steps, heights = self._steps()
        falls = np.diff(heights) - STEP_DB * np.diff(steps)
        return float(max(falls.max(), 0.0)) if falls.size else 0.0

    @property
    def is_gated(self) -> bool:
        return self.gate_db > GATE_DB

    def _steps(self) -> tuple[NDArray[np.int64], Signal]:
        """Numbers of the steps of 3 dB that the DI is in often enough, from soft to loud, and the reamped medians."""
        top = float(self.di_db.max())
        index = np.floor((self.di_db - top) / STEP_DB).astype(np.int64)
        met = [step for step in range(-25, 1) if np.count_nonzero(index == step) >= N_FEWEST_FRAMES]
        return np.array(met, dtype=np.int64), np.array([np.median(self.reamped_db[index == step]) for step in met])


def measure_levels(di: Signal, reamped: Signal, rate: int) -> Levels:
    """Levels of both takes, which lie on the same samples."""
    di_db, reamped_db = (_frame_db(take, round(FRAME_S * rate)) for take in (di, reamped))
    is_quiet = di_db < np.quantile(di_db, 0.95) - IDLE_BELOW_LOUD_DB
    last_loud = np.maximum.accumulate(np.where(is_quiet, -N_SETTLING_FRAMES - 1, np.arange(is_quiet.size)))
    is_idle = np.arange(is_quiet.size) - last_loud > N_SETTLING_FRAMES
    return Levels(di_db, reamped_db, is_idle, everlasting_db(reamped))


def everlasting_db(take: Signal) -> float:
    """Level in dBFS of white noise that would be under the take all the time, told without a pause.

    Minimum statistics (R. Martin, IEEE TSAP 9(5), 2001): in each bin the softest twentieth of the frames is noise,
    whose power is exponentially distributed; the median bin speaks for all, since tones fill only some.
    """
    frames = take[: take.size // N_SPECTRUM * N_SPECTRUM].reshape(-1, N_SPECTRUM)
    window = np.hanning(N_SPECTRUM)
    power = np.abs(scipy.fft.rfft(frames * window)) ** 2 / np.sum(window**2)
    softest = np.quantile(power, 0.05, axis=0) / -np.log(0.95)
    return float(max(10 * np.log10(max(float(np.median(softest)), 1e-30)), FLOOR_DB))


def _frame_db(take: Signal, n_frame: int) -> Signal:
    frames = take[: take.size // n_frame * n_frame].reshape(-1, n_frame)
    power = np.mean((frames - frames.mean(axis=1, keepdims=True)) ** 2, axis=1)
    return np.maximum(10 * np.log10(np.maximum(power, 1e-30)), FLOOR_DB)
