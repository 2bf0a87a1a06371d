"""A response's delay: what is left of its phase when its tone's own phase is taken out.

An amplifier's tone (filters, a loudspeaker) is minimum phase, so its magnitude tells its phase; the rest is the line's
delay, exactly linear in frequency, and polarity, a turn by π everywhere. Frequencies count as far as they cohere.

References:
    A. Oppenheim, R. Schafer, "Discrete-Time Signal Processing", ch. 13 (phase from magnitude by the real cepstrum).
    E. Hannan, P. Thomson, "Estimating group time delay", Biometrika 60(2), 1973 (weights γ² / (1 − γ²)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray
from scipy import ndimage

Spectrum = NDArray[np.complex128]
Reals = NDArray[np.float64]

SMOOTHING_OCTAVES = 1 / 6
HIGHEST_WEIGHT = 100.0
LOWEST_COHERENCE = 0.3
N_SEARCH = 8
"""Steps per sample of the search for the highest peak, which Newton's method then finishes."""


@dataclass(frozen=True)
class LineDelay:
    """Delay in samples and polarity (1 or -1) of a response; `agreement` 0..1 is how well a line fits its phase."""

    samples: float
    polarity: int
    agreement: float


def coherence_weights(coherence: Reals) -> Reals:
    """Weight of each frequency's phase, [F], from the squared coherence [F]: 0 for what is mostly noise."""
    known = np.clip(coherence, 0, 1)
    return np.where(known > LOWEST_COHERENCE, np.minimum(known / (1 - known + 1e-9), HIGHEST_WEIGHT), 0.0)


def line_delay(response: Spectrum, weights: Reals) -> LineDelay:
    """Delay and polarity of `response` [F], frequencies 0 .. Nyquist, in samples of that rate.

    A curve without memory leaves a magnitude that is no filter's, and no phase; so the tone's phase is only taken out
    where that at least halves what a straight line leaves.
    """
    plain = _straight_phase(np.exp(1j * np.angle(response)), weights)
    if not weights.any():
        return plain
    tone = minimum_phase(np.abs(response), weights)
    without_tone = _straight_phase(np.exp(1j * (np.angle(response) - tone)), weights)
    return without_tone if 1 - without_tone.agreement < 0.5 * (1 - plain.agreement) else plain


def _straight_phase(direction: Spectrum, weights: Reals) -> LineDelay:
    """The straight line, through 0 or π at frequency 0, that is nearest to the phases of `direction` [F]."""
    weighted = weights * direction
    n_fft = 2 * (direction.size - 1)
    correlation = scipy.fft.irfft(weighted, n_fft * N_SEARCH)
    peak = int(np.abs(correlation).argmax())
    polarity = 1 if correlation[peak] > 0 else -1
    lag = (peak if peak < correlation.size // 2 else peak - correlation.size) / N_SEARCH
    omega = np.pi * np.arange(direction.size) / (direction.size - 1)
    for _ in range(6):
        turned = polarity * weighted * np.exp(1j * omega * lag)
        lag -= float(np.sum(omega * turned.imag) / max(np.sum(omega**2 * turned.real), 1e-30))
    turned = polarity * weighted * np.exp(1j * omega * lag)
    return LineDelay(lag, polarity, float(turned.real.sum() / max(weights.sum(), 1e-30)))


def minimum_phase(magnitude: Reals, weights: Reals) -> Reals:
    """Phase [F] in radians of the minimum-phase filter with this magnitude [F], where it is known (weights > 0).

    Beyond the known band the magnitude goes on with the slope per octave that it has at the band's edge.
    """
    log_magnitude = _continued(_smoothed(np.log(np.maximum(magnitude, 1e-12)), weights), weights > 0)
    n_fft = 2 * (magnitude.size - 1)
    cepstrum = scipy.fft.irfft(log_magnitude, n_fft)
    cepstrum[1 : n_fft // 2] *= 2
    cepstrum[n_fft // 2 + 1 :] = 0
    return np.asarray(scipy.fft.rfft(cepstrum).imag)


def _smoothed(values: Reals, weights: Reals) -> Reals:
    """Weighted mean of `values` [F] over a fraction of an octave around each frequency."""
    half = 2 ** (SMOOTHING_OCTAVES / 2)
    index = np.arange(values.size)
    first = np.floor(index / half).astype(int)
    last = np.minimum(np.ceil(index * half).astype(int), values.size - 1) + 1
    sums = np.concatenate([[0.0], np.cumsum(weights * values)])
    totals = np.concatenate([[0.0], np.cumsum(weights)])
    total = totals[last] - totals[first]
    return np.where(total > 0, (sums[last] - sums[first]) / np.maximum(total, 1e-30), values)


def _continued(values: Reals, is_known: NDArray[np.bool_]) -> Reals:
    """`values` [F] bridged inside the known band and drawn out straight over log-frequency beyond it."""
    known = np.flatnonzero(is_known)
    if known.size < 8:
        return np.zeros_like(values)
    octaves = np.log2(np.maximum(np.arange(values.size), 0.5))
    continued = np.interp(octaves, octaves[known], values[known])
    for edge, beyond in ((known[0], slice(0, known[0])), (known[-1], slice(known[-1] + 1, None))):
        near = known[np.abs(octaves[known] - octaves[edge]) < 0.5]
        slope = np.polyfit(octaves[near], values[near], 1)[0] if near.size > 4 else 0.0
        continued[beyond] = values[edge] + slope * (octaves[beyond] - octaves[edge])
    return ndimage.uniform_filter1d(continued, 3, mode="nearest")
