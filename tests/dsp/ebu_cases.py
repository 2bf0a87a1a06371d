"""The test signals of EBU Tech 3341 (2023) and 3342, made from their descriptions: all that need no recording.

Left out: 3341-6 (five channels), 7 and 8 and 3342-5 and 6 (recordings), 11 and 14 (10 and 13 for live meters).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy.signal import firwin

from mixassist.audio.buffer import Samples

RATE = 48000


def tones(*parts: tuple[float, float]) -> Samples:
    """A sine at 1 kHz in both channels [2, T], of each peak level in dBFS for so many seconds."""
    gains = np.concatenate([np.full(round(seconds * RATE), 10 ** (level_db / 20)) for level_db, seconds in parts])
    return stereo(gains * np.sin(2 * np.pi * 1000 * np.arange(len(gains)) / RATE))


def stereo(wave: np.ndarray) -> Samples:
    return np.tile(wave.astype(np.float32), (2, 1))


SILENCE = -np.inf

INTEGRATED: dict[str, tuple[Iterable[tuple[float, float]], float]] = {
    "3341-1": ([(-23, 20)], -23),
    "3341-2": ([(-33, 20)], -33),
    "3341-3": ([(-36, 10), (-23, 60), (-36, 10)], -23),
    "3341-4": ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
    "3341-5": ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
}
SHORT_TERM = {"3341-9": [(-20, 1.34), (-30, 1.66)] * 5}
SHORT_TERM_MAX = {f"3341-10-{i}": [(SILENCE, 0.15 * i), (-23, 3), (SILENCE, 1)] for i in range(0, 20, 3)}
MOMENTARY = {"3341-12": [(-20, 0.18), (-30, 0.22)] * 25}
MOMENTARY_MAX = {f"3341-13-{i}": [(SILENCE, 0.02 * i), (-23, 0.4), (SILENCE, 1)] for i in range(0, 20, 3)}
RANGE: dict[str, tuple[Iterable[tuple[float, float]], float]] = {
    "3342-1": ([(-20, 20), (-30, 20)], 10),
    "3342-2": ([(-20, 20), (-15, 20)], 5),
    "3342-3": ([(-40, 20), (-20, 20)], 20),
    "3342-4": ([(-50, 20), (-35, 20), (-20, 20), (-35, 20), (-50, 20)], 15),
}

TRUE_PEAK_TONES = {
    "3341-15": (4, 0.0, 0.50, -6.0),
    "3341-16": (4, 45.0, 0.50, -6.0),
    "3341-17": (6, 60.0, 0.50, -6.0),
    "3341-18": (8, 67.5, 0.50, -6.0),
    "3341-19": (4, 45.0, 1.41, 3.0),
}
"""The rate divided by the frequency, phase in degrees, amplitude, and the true peak in dBTP."""


def true_peak_tone(divisor: float, phase_deg: float, amplitude: float) -> Samples:
    """Half a second of it with 10 ms to fade in and out."""
    wave = amplitude * np.sin(2 * np.pi * np.arange(RATE // 2) / divisor + np.deg2rad(phase_deg))
    return stereo(wave * _fades(len(wave), RATE // 100))


def true_peak_burst(offset: int) -> Samples:
    """3341-20 to 23: one period of rate/4 at full scale within rate/6 at half, made at 4 · rate and decimated there."""
    base, burst = (np.sin(2 * np.pi * np.arange(n) / n) for n in (6 * 4, 4 * 4))
    wave = np.concatenate([np.tile(0.5 * base, 2000), burst, np.tile(0.5 * base, 2000)])
    low_pass = firwin(511, 1 / 4, window="blackman")
    limited = np.convolve(wave * _fades(len(wave), RATE // 25), low_pass, mode="same")
    return stereo(limited[offset::4])


def _fades(n_frames: int, n_fade: int) -> np.ndarray:
    ends = np.minimum(np.arange(n_frames), np.arange(n_frames)[::-1])
    return np.minimum(ends / n_fade, 1.0)
