"""Guitar playing that nobody owns: strings, chords, palm mutes and lines, synthesised from a seed.

References:
    K. Karplus, A. Strong, "Digital synthesis of plucked-string and drum timbres", Computer Music Journal 7(2), 1983.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Signal = NDArray[np.float64]

OPEN_STRINGS = (40, 45, 50, 55, 59, 64)
CHORDS = ((0, 7, 12), (0, 4, 7, 12, 16), (0, 3, 7, 12, 15), (0, 7, 10, 14), (0, 5, 7, 12))
PEAK = 0.5


def guitar_phrases(seconds: float, rate: int, seed: int = 0) -> Signal:
    """A dry guitar take [T] whose loudest sample is ±0.5: soft and hard, muted and ringing, low and high."""
    rng = np.random.default_rng([seed, *b"phrases"])
    take = np.zeros(round(seconds * rate))
    time_s = 0.05
    while time_s < seconds - 0.3:
        length_s = float(rng.choice([0.15, 0.25, 0.25, 0.5, 0.5, 1.0, 2.0]))
        velocity = float(10 ** (rng.choice([0, 0, -3, -6, -12, -20, -30]) / 20))
        mute = float(rng.choice([0.0, 0.0, 0.2, 0.8]))
        for index, pitch in enumerate(_pitches(rng)):
            note = velocity * _string(440 * 2 ** ((pitch - 69) / 12), length_s, mute, rate, rng)
            start = round((time_s + 0.006 * index) * rate)
            take[start : start + note.size] += note[: take.size - start]
        time_s += length_s * float(rng.choice([1.0, 1.0, 1.0, 1.5]))
    sos = signal.butter(2, 60, "highpass", fs=rate, output="sos")
    take = np.asarray(signal.sosfilt(sos, take))
    return take * (PEAK / max(float(np.abs(take).max()), 1e-12))


def _pitches(rng: np.random.Generator) -> list[int]:
    """MIDI notes of a chord low on the neck, or of a single note anywhere on it."""
    if rng.random() < 0.5:
        root = OPEN_STRINGS[int(rng.integers(0, 3))] + int(rng.integers(0, 8))
        return [root + interval for interval in CHORDS[int(rng.integers(len(CHORDS)))]]
    return [OPEN_STRINGS[int(rng.integers(0, 6))] + int(rng.integers(0, 13))]


def _string(frequency_hz: float, length_s: float, mute: float, rate: int, rng: np.random.Generator) -> Signal:
    """A plucked string [n]: a delay line that loses its treble as it goes round; `mute` 0..1 is the palm."""
    damping = 0.1 + 0.3 * mute
    period = rate / frequency_hz - damping
    whole = int(period)
    t60_s = (3.5 - 3.1 * mute) * (110 / frequency_hz) ** 0.3
    loop = np.zeros(whole + 3)
    smoothing = np.convolve([1 - damping, damping], [1 - (period - whole), period - whole])
    loop[0], loop[whole:] = 1, -smoothing * 10 ** (-3 / (frequency_hz * t60_s))
    pluck = np.zeros(round((length_s + 0.05) * rate))
    n_burst = min(whole, pluck.size)
    pluck[:n_burst] = rng.uniform(-1, 1, whole)[:n_burst] * np.sqrt(rate / 48000)
    note = np.asarray(signal.lfilter([1], loop, pluck))
    fade = min(round(0.04 * rate), note.size)
    note[-fade:] *= np.linspace(1, 0, fade)
    return note
