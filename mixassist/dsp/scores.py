"""Scores: how far an estimate is from its reference, in the ways that papers and tables use.

Task: compare two waveforms of equal shape, sample for sample.

Conventions: waveforms are [C, T]; all channels are scored together, as one vector. Sums run in float64. A score in dB
is infinite where one of its two energies is 0, and NaN where both are.

References:
    E. Vincent et al., "Performance measurement in blind audio source separation", IEEE TASLP 14(4), 2006.
    F.-R. Stöter et al., "The 2018 Signal Separation Evaluation Campaign", LVA/ICA 2018 (BSS Eval v4, museval).
    J. Le Roux et al., "SDR – half-baked or well done?", ICASSP 2019, eq. 3 (SI-SDR).
    A. Wright et al., "Real-time black-box modelling with recurrent neural networks", DAFx 2019 (ESR).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import AudioError

Waveforms = NDArray[np.floating[Any]]
Scores = NDArray[np.float64]


def sdr(reference: Waveforms, estimate: Waveforms) -> float:
    """Signal-to-distortion ratio 10 log10(Σ s² / Σ (s − e)²) in dB, over the whole length.

    Args:
        reference: s, [C, T].
        estimate: e, of the same shape.

    Raises:
        AudioError: when the shapes differ.
    """
    _require_same_shape(reference, estimate)
    return _ratio_db(_energy(reference), _energy(reference - estimate))


def si_sdr(reference: Waveforms, estimate: Waveforms) -> float:
    """`sdr` against the reference times the gain that fits the estimate best, in dB. Means stay in.

    Raises:
        AudioError: when the shapes differ.
    """
    _require_same_shape(reference, estimate)
    reference_energy = _energy(reference)
    if reference_energy == 0:
        return float("nan")
    gain = _dot(reference, estimate) / reference_energy
    return _ratio_db(gain**2 * reference_energy, _energy(gain * reference - estimate))


def esr(reference: Waveforms, estimate: Waveforms) -> float:
    """Error-to-signal ratio Σ (s − e)² / Σ s², not in dB: 0 is perfect, 1 is as good as silence.

    Raises:
        AudioError: when the shapes differ, or the reference is silent.
    """
    _require_same_shape(reference, estimate)
    reference_energy = _energy(reference)
    if reference_energy == 0:
        raise AudioError("reference is silent: an error-to-signal ratio needs a signal")
    return _energy(reference - estimate) / reference_energy


def null_db(a: Waveforms, b: Waveforms) -> float:
    """Level of the difference, 20 log10(rms(a − b) / rms(b)), in dB: what is left when b is subtracted from a.

    Raises:
        AudioError: when the shapes differ.
    """
    _require_same_shape(a, b)
    return _ratio_db(_energy(a - b), _energy(b))


def framewise_sdr(reference: Waveforms, estimate: Waveforms, rate: int, window_s: float = 1.0) -> Scores:
    """`sdr` of each stem in each frame, in dB, [S, K]; NaN where a frame cannot be judged.

    Equal to the SDR of museval's BSS Eval v4. Its 512-tap distortion filters only split the error into spatial
    distortion, interference and artifacts, for ISR, SIR and SAR; the SDR takes their sum, which is e − s whatever the
    filters are. As there, frames do not overlap, an incomplete last frame is left out, and a frame in which any stem is
    silent, in reference or estimate, is NaN for all stems.

    Args:
        reference: all stems of one song, [S, C, T].
        estimate: the same stems, of the same shape.
        rate: in Hz.
        window_s: length of a frame.

    Raises:
        AudioError: when the shapes differ.
    """
    _require_same_shape(reference, estimate)
    n_samples = min(round(window_s * rate), reference.shape[-1])
    reference, estimate = _frames(reference, n_samples), _frames(estimate, n_samples)
    difference = reference - estimate
    signal, error = _dots(reference, reference), _dots(difference, difference)
    is_silent = (signal == 0) | (_dots(estimate, estimate) == 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(is_silent.any(axis=0), np.nan, 10 * np.log10(signal / error))


def median_sdr(reference: Waveforms, estimate: Waveforms, rate: int) -> Scores:
    """The median of `framewise_sdr` over 1-s frames, in dB, [S]: one song's figures in tables such as MUSDB18's.

    Such a table takes the median over songs next. NaN when no frame can be judged.

    Raises:
        AudioError: when the shapes differ.
    """
    frames = framewise_sdr(reference, estimate, rate)
    judged = frames[:, ~np.isnan(frames[0])]
    return np.median(judged, axis=1) if judged.size else np.full(len(frames), np.nan)


def _frames(waveforms: Waveforms, n_samples: int) -> Waveforms:
    """Cuts [S, C, T] into whole frames [S, K, C, n_samples], without a copy where numpy can."""
    n_stems, n_channels, length = waveforms.shape
    n_frames = length // n_samples
    whole = waveforms[..., : n_frames * n_samples]
    return whole.reshape(n_stems, n_channels, n_frames, n_samples).swapaxes(1, 2)


def _dots(a: Waveforms, b: Waveforms) -> Scores:
    """Σ a b over channels and time, [..., C, T] to [...]; summed in float64, without float64 copies."""
    return np.einsum("...ct,...ct->...", a, b, dtype=np.float64)


def _dot(a: Waveforms, b: Waveforms) -> float:
    return float(_dots(a, b).sum())


def _energy(a: Waveforms) -> float:
    return _dot(a, a)


def _ratio_db(numerator: float, denominator: float) -> float:
    """10 log10 of the ratio; ±inf where one of the two is 0, NaN where both are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(10 * np.log10(np.float64(numerator) / np.float64(denominator)))


def _require_same_shape(a: Waveforms, b: Waveforms) -> None:
    if a.shape != b.shape:
        raise AudioError(f"waveforms of shape {a.shape} and {b.shape} cannot be compared: cut both to one length")
