"""The few tools every instrument of the demo is built from. Signals are float64: mono [T], stereo [2, T]."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Signal = NDArray[np.float64]
Band = Literal["lowpass", "highpass", "bandpass"]


def seconds(length_s: float, rate: int) -> Signal:
    """Time in seconds of each sample, [T]."""
    return np.arange(round(length_s * rate)) / rate


def pitch_hz(midi: float) -> float:
    """Frequency of a MIDI note in equal temperament, A4 (69) at 440 Hz."""
    return float(440 * 2 ** ((midi - 69) / 12))


def amplitude(level_db: float) -> float:
    return float(10 ** (level_db / 20))


def decay(time_s: Signal, t60_s: float) -> Signal:
    """Exponential that has fallen by 60 dB after `t60_s`."""
    return np.exp(-3 * np.log(10) / t60_s * time_s)


def swept_sine(frequency_hz: Signal, rate: int) -> Signal:
    """Sine whose frequency at each sample is given, [T]."""
    return np.sin(2 * np.pi * np.cumsum(frequency_hz) / rate)


def filtered(sound: Signal, band: Band, edge_hz: float | tuple[float, float], rate: int, order: int = 2) -> Signal:
    """The sound [..., T] through a Butterworth filter."""
    sos = signal.butter(order, edge_hz, band, fs=rate, output="sos")
    return np.asarray(signal.sosfilt(sos, sound))


def fade_out(sound: Signal, fade_s: float, rate: int) -> Signal:
    """The sound [T] with its last `fade_s` brought to zero, so that a cut does not click."""
    n_fade = min(round(fade_s * rate), sound.shape[-1])
    envelope = np.ones(sound.shape[-1])
    envelope[sound.shape[-1] - n_fade :] = np.linspace(1, 0, n_fade)
    return sound * envelope


def panned(sound: Signal, pan: float) -> Signal:
    """A mono sound [T] placed between left (-1) and right (1) at constant power, [2, T]."""
    angle = (pan + 1) * np.pi / 4
    return np.stack([np.cos(angle) * sound, np.sin(angle) * sound])


def place(track: Signal, sound: Signal, start_s: float, rate: int) -> None:
    """Adds the sound [..., n] to the track [..., T] in place, from `start_s`; what stands out at an end is lost."""
    start = round(start_s * rate)
    first, last = max(start, 0), min(start + sound.shape[-1], track.shape[-1])
    if first < last:
        track[..., first:last] += sound[..., first - start : last - start]


def room_response(rng: np.random.Generator, rate: int, t60_s: float, predelay_s: float) -> Signal:
    """Impulse response of a room, [2, T]: noise of its own per side, its treble gone sooner than its bass."""
    time_s = seconds(1.2 * t60_s, rate)
    noise = rng.standard_normal((2, time_s.size))
    low = filtered(noise, "lowpass", 900, rate) * decay(time_s, 1.1 * t60_s)
    middle = filtered(noise, "bandpass", (900, 4500), rate) * decay(time_s, 0.85 * t60_s)
    high = filtered(noise, "bandpass", (4500, 12000), rate, order=1) * decay(time_s, 0.5 * t60_s)
    tail = filtered(low + middle + 0.7 * high, "highpass", 180, rate)
    tail *= 1 - np.exp(-time_s / 0.012)  # a room takes a moment to fill
    tail /= np.sqrt(np.sum(tail**2, axis=1, keepdims=True))
    return np.pad(tail, [(0, 0), (round(predelay_s * rate), 0)])


def in_room(sound: Signal, response: Signal, wet_db: float) -> Signal:
    """The sound [2, T] plus its reverberation, cut to the same length."""
    wet = signal.oaconvolve(sound, response, axes=-1)[..., : sound.shape[-1]]
    return sound + amplitude(wet_db) * wet
