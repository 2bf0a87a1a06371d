"""Loudness by EBU R 128 as a stream: integrated, momentary, short-term and range (the door of pyloudnorm).

Task: how loud a song is and how much that moves, in one pass over blocks of any length; a hundred numbers a second are
kept.
Conventions: blocks [C, n] of one or two channels, full scale ±1, each channel with weight 1. K-weighting takes the
filters of pyloudnorm that give the standard's own coefficients at 48 kHz, and their like at other rates.
References: ITU-R BS.1770-4 Annex 1 (K-weighting, gating); EBU Tech 3341 (momentary 0.4 s, short-term 3 s, every
0.1 s); EBU Tech 3342 (range).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.signal

from mixassist.audio.buffer import Samples
from mixassist.dsp.hops import Floats, HopTrack, hop_starts, windows
from mixassist.errors import AudioError

N_MOMENTARY_HOPS = 40
N_SHORT_TERM_HOPS = 300
N_STEP_HOPS = 10
"""Gating and range look every 0.1 s; maxima are sought in every hop."""
OFFSET_LU = -0.691
"""Makes a sine at 997 Hz and 0 dBFS in one channel measure -3.01 LUFS: BS.1770-4, equation 2."""
ABSOLUTE_GATE_LUFS = -70.0
INTEGRATED_GATE_LU = -10.0
RANGE_GATE_LU = -20.0
RANGE_PERCENTILES = (10, 95)
MIN_RATE_HZ = 4000
"""Below, the shelf at 1.7 kHz has no room."""


@dataclass(frozen=True)
class Loudness:
    """Loudness of a song; None where too little of it is long and loud enough to be measured.

    Attributes:
        integrated_lufs: of the whole, gated.
        momentary_max_lufs: of the loudest 0.4 s.
        short_term_max_lufs: of the loudest 3 s.
        range_lu: LRA, between the 10th and 95th percentile of the short-term loudness, gated.
        short_term_lufs: [n], of the 3 s that begin at 0, 0.1, 0.2 s …; -inf where there is silence.
    """

    integrated_lufs: float | None
    momentary_max_lufs: float | None
    short_term_max_lufs: float | None
    range_lu: float | None
    short_term_lufs: Floats


class LoudnessMeter:
    """Measures the loudness of blocks [C, n]; the result does not depend on how they are cut.

    Raises:
        AudioError: when the rate is too low for K-weighting.
    """

    def __init__(self, rate: int, n_channels: int) -> None:
        if rate < MIN_RATE_HZ:
            raise AudioError(f"{rate} Hz is too low for a loudness: resample to {MIN_RATE_HZ} Hz or more")
        self._filters = k_weighting(rate)
        self._states = np.zeros((len(self._filters), n_channels, 2))
        self._energies = HopTrack(rate, n_channels, np.add)

    def update(self, samples: Samples) -> None:
        """Takes the next block [C, n]."""
        if samples.shape[1] == 0:
            return
        weighted, self._states = scipy.signal.sosfilt(self._filters, samples, axis=1, zi=self._states)
        self._energies.update(np.square(weighted, out=weighted))

    def loudness(self) -> Loudness:
        """The loudness of all blocks so far."""
        energies = self._energies.hops.sum(axis=0)
        momentary = _powers(energies, N_MOMENTARY_HOPS, self._energies.rate)
        short_term = _powers(energies, N_SHORT_TERM_HOPS, self._energies.rate)
        steps = slice(None, None, N_STEP_HOPS)
        return Loudness(
            integrated_lufs=integrated_lufs(momentary[steps]),
            momentary_max_lufs=_loudest(momentary),
            short_term_max_lufs=_loudest(short_term),
            range_lu=range_lu(short_term[steps]),
            short_term_lufs=power_to_lufs(short_term[steps]),
        )


def k_weighting(rate: int) -> Floats:
    """Second-order sections [2, 6] of the K filter: a shelf for the head, then a high-pass.

    pyloudnorm's default filters are an approximation; those named after De Man meet the standard's coefficients.
    """
    import pyloudnorm

    shelf = pyloudnorm.IIRfilter(3.99984385397, 0.7071752369554193, 1681.9744509555319, rate, "high_shelf_DeMan")
    high_pass = pyloudnorm.IIRfilter(0.0, 0.5003270373253953, 38.13547087613982, rate, "high_pass_DeMan")
    return np.array([[*section.b, *section.a] for section in (shelf, high_pass)])


def power_to_lufs(power: Floats) -> Floats:
    """-0.691 + 10 log10 of K-weighted powers, -inf for silence."""
    with np.errstate(divide="ignore"):
        return np.asarray(OFFSET_LU + 10 * np.log10(power))


def integrated_lufs(momentary: Floats) -> float | None:
    """Gated loudness of the powers [n] of 0.4-s windows: BS.1770-4, equations 5 to 7; None where all is below -70."""
    audible = momentary[power_to_lufs(momentary) > ABSOLUTE_GATE_LUFS]
    if audible.size == 0:
        return None
    gate_lufs = power_to_lufs(audible.mean()) + INTEGRATED_GATE_LU
    return float(power_to_lufs(audible[power_to_lufs(audible) > gate_lufs].mean()))


def range_lu(short_term: Floats) -> float | None:
    """LRA of the powers [n] of 3-s windows: EBU Tech 3342; None where all is below -70 LUFS."""
    audible = short_term[power_to_lufs(short_term) >= ABSOLUTE_GATE_LUFS]
    if audible.size == 0:
        return None
    lufs = power_to_lufs(audible)
    gated = lufs[lufs >= power_to_lufs(audible.mean()) + RANGE_GATE_LU]
    low, high = np.percentile(gated, RANGE_PERCENTILES, method="nearest")
    return float(high - low)


def _powers(energies: Floats, n_hops: int, rate: int) -> Floats:
    """Mean power [n - n_hops + 1] in windows of `n_hops` hops whose energies are [n]."""
    starts = hop_starts(len(energies), rate)
    n_frames = starts[n_hops:] - starts[: max(len(starts) - n_hops, 0)]
    return np.asarray(windows(energies, n_hops).sum(axis=-1) / n_frames)


def _loudest(powers: Floats) -> float | None:
    if powers.size == 0 or powers.max() <= 0:
        return None
    return float(power_to_lufs(powers.max()))
