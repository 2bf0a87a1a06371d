"""Reverberation measured: energy decay, reverberation time and direct-to-reverberant ratio of an impulse response.

Conventions: responses are [..., T]; levels in dB. Octaves overlap by squared cosines on a logarithmic axis of frequency
and have no phase, so that what an octave rings is the room's and hardly its filter's: their powers sum to one.

References:
    M. R. Schroeder, "New method of measuring reverberation time", J. Acoust. Soc. Am. 37(3), 1965.
    ISO 3382-1:2009, 5.3 (straight line through −5 to −35 dB, or to −25 dB; reverberation time is its fall of 60 dB).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.hops import Floats

OCTAVES_HZ = (63.0, 125.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0)
"""Octaves for which halls are described, and one more at both ends."""

MIDDLE_HZ = (500.0, 1000.0)
"""Where "the" reverberation time of a room is taken, as the mean of two octaves (ISO 3382-1, 5.3.4)."""

FIT_FROM_DB, FIT_TO_DB, LEAST_TO_DB = -5.0, -35.0, -15.0
N_DIRECT_MS = 2.5
"""How long the direct sound lasts, as DRR is usually measured."""

FLANK_OCTAVES = 0.3
"""From full to nothing, across the edge between two octaves."""


def octave_gains(hz: NDArray[np.floating], centres_hz: tuple[float, ...] = OCTAVES_HZ) -> Floats:
    """Amplitudes [O, F] of the octaves at frequencies [F]; outermost octaves reach on to 0 and to the top."""
    position = np.log2(np.maximum(hz, 1e-3) / np.asarray(centres_hz)[:, None])
    rising = _flank(position + 0.5)
    falling = _flank(0.5 - position)
    rising[0], falling[-1] = 1.0, 1.0
    return np.minimum(rising, falling)


def octave_bands(response: NDArray[np.floating], rate: int, centres_hz: tuple[float, ...] = OCTAVES_HZ) -> Floats:
    """The octaves [..., O, T] of responses [..., T]; they lie at the same time."""
    n_frames = response.shape[-1]
    n_spectrum = 2 * n_frames
    gains = octave_gains(np.fft.rfftfreq(n_spectrum, 1 / rate), centres_hz)
    spectrum = np.fft.rfft(response, n_spectrum)
    return np.asarray(np.fft.irfft(spectrum[..., None, :] * gains, n_spectrum)[..., :n_frames])


def energy_decay_db(response: NDArray[np.floating]) -> Floats:
    """The energy [..., T] that is still to come at each frame of responses [..., T], against all of it (Schroeder)."""
    left = np.cumsum(np.square(response, dtype=np.float64)[..., ::-1], axis=-1)[..., ::-1]
    return power_to_db(left / np.maximum(left[..., :1], np.finfo(np.float64).tiny))


def reverberation_s(response: NDArray[np.floating], rate: int) -> float:
    """RT60 of a response [T] in seconds, from the fall from −5 to −35 dB; NaN where it does not fall by 15 dB.

    A response that ends in noise is followed to 10 dB above where its decay bends into that noise.
    """
    decay = _without_noise(response, rate)
    if not decay.size:
        return float("nan")
    fall_db = energy_decay_db(decay)
    begin = int(np.argmax(fall_db <= FIT_FROM_DB))
    lowest_db = max(FIT_TO_DB, float(fall_db[-max(len(fall_db) // 50, 1)]) + 5)
    end = int(np.argmax(fall_db <= lowest_db))
    if lowest_db > LEAST_TO_DB or end - begin < 2:
        return float("nan")
    slope_db = np.polyfit(np.arange(begin, end) / rate, fall_db[begin:end], 1)[0]
    return float(-60 / slope_db)


def octave_reverberation_s(
    response: NDArray[np.floating], rate: int, centres_hz: tuple[float, ...] = OCTAVES_HZ
) -> Floats:
    """RT60 [O] of a response [T] in each octave, NaN where an octave has none or lies above half the rate."""
    is_held = np.asarray(centres_hz) * np.sqrt(2) <= rate / 2
    bands = octave_bands(np.asarray(response, np.float64), rate, tuple(np.asarray(centres_hz)[is_held]))
    times = np.full(len(centres_hz), np.nan)
    times[is_held] = [reverberation_s(band, rate) for band in bands]
    return times


def direct_to_reverberant_db(response: NDArray[np.floating], rate: int) -> float:
    """Energy of the 2.5 ms around the strongest frame of a response [T] against all that follows."""
    powers = np.square(response, dtype=np.float64)
    reach = round(N_DIRECT_MS * rate / 1000)
    strongest = int(np.argmax(powers))
    direct = powers[max(strongest - reach, 0) : strongest + reach + 1].sum()
    after = powers[strongest + reach + 1 :].sum()
    return float(power_to_db(direct) - power_to_db(after))


def _flank(position: NDArray[np.float64]) -> Floats:
    """Amplitude of an edge at 0 octaves: a quarter of a cosine, its power one half at the edge."""
    return np.sin(np.pi / 2 * np.clip(position / FLANK_OCTAVES + 0.5, 0, 1))


def _without_noise(response: NDArray[np.floating], rate: int) -> Floats:
    """The response [T] from its strongest frame to where it meets the level of its last tenth; none of mere noise."""
    first = int(np.argmax(np.abs(response)))
    powers = np.square(response, dtype=np.float64)[first:]
    if first > len(response) // 2:
        return powers[:0]  # what decays is strongest at its beginning
    n_step = max(round(0.01 * rate), 1)
    steps = powers[: len(powers) // n_step * n_step].reshape(-1, n_step).mean(axis=1)
    if len(steps) < 20:
        return np.sqrt(powers)
    floor = steps[-max(len(steps) // 10, 8) :].mean()
    if steps.max() <= floor * 10 ** (-LEAST_TO_DB / 10):
        return powers[:0]
    return np.sqrt(powers[: (int(np.flatnonzero(steps > 4 * floor)[-1]) + 1) * n_step])
