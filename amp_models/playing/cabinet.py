"""`Cabinet`: a loudspeaker in front of a microphone, from any impulse response file, as an amp is played through it.

Conventions:
    The response is mono: of a file with several channels it is the loudest. It is converted to the rate it is played
    at. Frames before the first that comes within 50 dB of the peak are cut off: they tell how the file was cut, and
    would delay what is played. What lies after the last that matters, 90 dB below the whole, is cut off too.
    Files differ by 30 dB in level, so that the level is set anew: pink noise from 80 to 5000 Hz, where a guitar plays,
    comes out as loud as it went in. So all cabinets are about equally loud, and as loud as the amp without one.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mixassist.audio import AudioBuffer, probe_audio, read_audio
from mixassist.audio.buffer import Samples
from mixassist.audio.resample import resample
from mixassist.errors import AudioError

LONGEST_S = 10.0
"""No cabinet and hardly a hall rings longer; a longer file is likely a recording that was given by mistake."""

ONSET_DB = -50.0
TAIL_DB = -90.0
GUITAR_HZ = (80.0, 5000.0)
FINEST_HZ = 1.0
"""Spacing of the frequencies at which the level is measured: much narrower than a cabinet's resonances."""

N_LEAD = 64
"""Silence before the response while its rate is changed, for what rings ahead of a sudden start."""


@dataclass(frozen=True, eq=False)
class Cabinet:
    """An impulse response [T] at `rate` Hz, which starts at once and keeps a guitar's level."""

    name: str
    response: Samples
    rate: int


def load_cabinet(path: str | os.PathLike[str], rate: int) -> Cabinet:
    """The cabinet in an impulse response file, for playing at `rate` Hz.

    Raises:
        AudioError: when the file cannot be read, is silent or too long for a response.
    """
    path = Path(path)
    seconds = (info := probe_audio(path)).n_frames / info.rate
    if seconds > LONGEST_S:
        raise AudioError(
            f"{path} lasts {seconds:.1f} s: that is no impulse response of a cabinet, give one of up to {LONGEST_S:g} s"
        )
    return make_cabinet(path.name, read_audio(path), rate)


def make_cabinet(name: str, recorded: AudioBuffer, rate: int) -> Cabinet:
    """The cabinet of a recorded impulse response.

    Raises:
        AudioError: when it is silent.
    """
    energies = np.sum(recorded.samples.astype(np.float64) ** 2, axis=1)
    loudest = recorded.samples[np.argmax(energies)]
    if not loudest.any():
        raise AudioError(f"{name} is silent: give an impulse response")
    led = AudioBuffer(np.pad(loudest, (N_LEAD, 0))[None], recorded.rate)
    response = _cut(resample(led, rate).samples[0])
    return Cabinet(name, (response / _gain(response, rate)).astype(np.float32), rate)


def _cut(response: Samples) -> Samples:
    """The response [T] from its onset to the last frame that matters."""
    magnitudes = np.abs(response)
    first = int(np.argmax(magnitudes >= magnitudes.max() * 10 ** (ONSET_DB / 20)))
    left = np.cumsum(response[: first - 1 if first else None : -1].astype(np.float64) ** 2)[::-1]
    return response[first : first + np.count_nonzero(left > left[0] * 10 ** (TAIL_DB / 10))]


def _gain(response: Samples, rate: int) -> float:
    """By how much pink noise in the range of a guitar comes out louder: the mean of |H|² over the logarithm of f."""
    n_spectrum = max(len(response), round(rate / FINEST_HZ))
    frequencies = np.fft.rfftfreq(n_spectrum, 1 / rate)
    in_range = (frequencies >= GUITAR_HZ[0]) & (frequencies <= GUITAR_HZ[1])
    powers = np.abs(np.fft.rfft(response, n_spectrum)[in_range]) ** 2
    return float(np.sqrt(np.average(powers, weights=1 / frequencies[in_range])))
