"""`PolyphaseResampler`: a stream at another rate, with a delay that is known exactly and can be set to any fraction.

Task: between a host's rate and a network's, block by block, the same for any cut into blocks, without allocating.

Conventions: rates stand in the ratio out / in = p / q in lowest terms. Output j lies at time j q/p in input samples
and is Σ_i h(j q/p - i) x[i], with the kernel of a windowed sinc that is centred at the delay d,

    h(t) = 2 f sinc(2 f (t - d)) · kaiser((t - d) / H),   |t - d| < H,   d >= H, so that it is causal,

where f is the cut-off in cycles per input sample. It is symmetric about d: the delay is d at every frequency.
Only p phases of h occur; each is divided by its sum, so that a constant stays constant.

References:
    A. V. Oppenheim, R. W. Schafer, "Discrete-Time Signal Processing", 3rd ed., 4.6 (changes by p/q) and 7.5 (Kaiser).
"""

from __future__ import annotations

from math import gcd

import numpy as np
from numpy.typing import NDArray

from mixassist.audio.buffer import Samples

HALF_LENGTH = 32
"""H in samples of the lower rate: 0.7 ms at 44.1 kHz."""

CUT_OFF = 0.478
"""In cycles per sample of the lower rate. The pass band then ends at 0.433 (19.1 kHz at 44.1 kHz), and what folds back
lands above 0.477 (21 kHz)."""

KAISER_BETA = 8.96
"""For 90 dB in the stop band, 0.1102 (90 - 8.7); the transition is (90 - 8) / (14.36 · 64) = 0.089 wide."""


class PolyphaseResampler:
    """Blocks [C, n] at `rate_in` become blocks [C, m] at `rate_out`; after N input frames ⌈N p/q⌉ have come out.

    `delay_samples` is d, in samples of `rate_in`: the shortest possible plus `extra_delay_samples`, any fraction.
    Blocks in may be up to `n_max` frames.
    """

    def __init__(self, rates: tuple[int, int], n_channels: int, n_max: int, extra_delay_samples: float = 0.0) -> None:
        rate_in, rate_out = rates
        divisor = gcd(rate_in, rate_out)
        p, q = rate_out // divisor, rate_in // divisor
        half_length = HALF_LENGTH * max(1.0, rate_in / rate_out)
        self.delay_samples = half_length + extra_delay_samples
        n_taps = int(np.ceil(self.delay_samples + half_length))
        n_out_max = -(-n_max * p // q) + 1
        # The tables go round once in several turns of p outputs per q inputs: at the end of a round the past moves to
        # the front of its buffer, and must not move onto itself.
        n_turns = -(-(n_taps + n_max) // q)
        self._n_in_round, self._n_out_round = q * n_turns, p * n_turns
        self._p, self._q = p, q

        steps = np.arange(self._n_out_round + n_out_max) * q
        cut_off = CUT_OFF * min(1.0, rate_out / rate_in)
        phases = _kernel((np.arange(p) * q % p)[:, None] / p + np.arange(n_taps)[::-1], cut_off, self.delay_samples)
        self._taps = phases.astype(np.float32)[np.arange(len(steps)) % p]
        self._windows = (steps // p)[:, None] + np.arange(n_taps)
        self._n_past = n_taps - 1
        n_frames = self._n_past + self._n_in_round + n_max
        self._past = np.zeros((n_channels, n_frames), dtype=np.float32)
        self._gathered = np.empty((n_out_max, n_taps), dtype=np.float32)
        self._out = np.empty((n_channels, n_out_max), dtype=np.float32)
        self._n_in = self._n_out = 0

    def process(self, frames: Samples) -> Samples:
        """The output frames [C, m] that are ready, as a view that is valid until the next call."""
        first = self._n_past + self._n_in
        self._past[:, first : first + frames.shape[1]] = frames
        self._n_in += frames.shape[1]
        n_ready = -(-self._n_in * self._p // self._q) - self._n_out
        taps = self._taps[self._n_out : self._n_out + n_ready]
        windows = self._windows[self._n_out : self._n_out + n_ready]
        gathered, out = self._gathered[:n_ready], self._out[:, :n_ready]
        for channel, past in enumerate(self._past):
            # Of the modes, only "raise" would allocate; no index is ever out of range.
            np.take(past, windows, out=gathered, mode="clip")
            np.einsum("jk,jk->j", gathered, taps, out=out[channel])
        self._n_out += n_ready
        if self._n_out >= self._n_out_round:
            self._start_round()
        return out

    def reset(self) -> None:
        """Forgets all frames."""
        self._past[:] = 0
        self._n_in = self._n_out = 0

    def _start_round(self) -> None:
        n_kept = self._n_past + self._n_in - self._n_in_round
        # Channel by channel: numpy takes two parts of all channels for overlapping, and would copy them aside.
        for past in self._past:
            past[:n_kept] = past[self._n_in_round : self._n_in_round + n_kept]
        self._n_in -= self._n_in_round
        self._n_out -= self._n_out_round


def _kernel(times: NDArray[np.float64], cut_off: float, delay: float) -> NDArray[np.float64]:
    """h at `times` [phases, taps] in input samples, each phase summing to 1."""
    from_centre = times - delay
    half_length = HALF_LENGTH * CUT_OFF / cut_off
    inside = np.clip(1 - (from_centre / half_length) ** 2, 0, None)
    window = np.i0(KAISER_BETA * np.sqrt(inside)) * (inside > 0)
    kernel = np.sinc(2 * cut_off * from_centre) * window
    return np.asarray(kernel / kernel.sum(axis=1, keepdims=True))
