"""The test signals of EBU Tech 3341 (2023) and 3342 (2023), made from their descriptions: all that need no recording.

Absent are 3341-7 and 8, which are 3342-5 and 6: recordings of programmes, which no description replaces.
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


def five_channels() -> Samples:
    """3341-6 [5, T]: left, right, centre and surrounds; these as much louder as BS.1770 weighs them, by 1.41 in power.

    The meter itself weighs all channels alike, for it is made for mono and stereo.
    """
    levels_db = np.array([-28, -28, -24, -30, -30]) + 10 * np.log10([1, 1, 1, 1.41, 1.41])
    wave = np.sin(2 * np.pi * 1000 * np.arange(20 * RATE) / RATE)
    return (10 ** (levels_db[:, None] / 20) * wave).astype(np.float32)


SILENCE = -np.inf

INTEGRATED: dict[str, tuple[Iterable[tuple[float, float]], float]] = {
    "3341-1": ([(-23, 20)], -23),
    "3341-2": ([(-33, 20)], -33),
    "3341-3": ([(-36, 10), (-23, 60), (-36, 10)], -23),
    "3341-4": ([(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)], -23),
    "3341-5": ([(-26, 20), (-20, 20.1), (-26, 20)], -23),
}
SHORT_TERM = {"3341-9": [(-20, 1.34), (-30, 1.66)] * 5}
SHORT_TERM_MAX = {f"3341-10-{i}": [(SILENCE, 0.15 * i), (-23, 3), (SILENCE, 1)] for i in range(20)}
LIVE_SHORT_TERM_MAX = {"3341-11": [[(SILENCE, 0.15 * i), (i - 38, 3), (SILENCE, 3 - 0.15 * i)] for i in range(20)]}
MOMENTARY = {"3341-12": [(-20, 0.18), (-30, 0.22)] * 25}
MOMENTARY_MAX = {f"3341-13-{i}": [(SILENCE, 0.02 * i), (-23, 0.4), (SILENCE, 1)] for i in range(20)}
LIVE_MOMENTARY_MAX = {"3341-14": [[(SILENCE, 0.02 * i), (i - 38, 0.4), (SILENCE, 0.4 - 0.02 * i)] for i in range(20)]}
"""In 11 and 14 the meter is read after each of the segments, which follow each other."""
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
