"""The demo song: four stems and their sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import signal
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from mixassist.audio.buffer import AudioBuffer
from mixassist.demo.band import render_bass, render_other
from mixassist.demo.drums import render_drums
from mixassist.demo.score import LENGTH_S
from mixassist.demo.synthesis import Signal, amplitude, fade_out
from mixassist.demo.voice import render_voice

RATE = 44100
LEVELS_DB = {"drums": -7.0, "bass": -12.5, "other": -6.0, "vocals": 2.0}
CEILING_DB = -1.6
"""Highest sample; true peaks between samples stay below -1 dB."""
RENDERERS = {"drums": render_drums, "bass": render_bass, "other": render_other, "vocals": render_voice}


@dataclass(frozen=True, eq=False)
class Song:
    """A mix and its stems, in the order drums, bass, other, vocals; the stems add up to the mix to the last bit."""

    mix: AudioBuffer
    stems: Mapping[str, AudioBuffer]


def render_song(seed: int = 0) -> Song:
    """About 20 s of music at 44.1 kHz in stereo; the seed changes hands and breath, not the tune."""
    stems = np.stack([_render(name, seed) for name in RENDERERS])
    stems *= _bus_gain(stems.sum(axis=0))
    stems = fade_out(stems, 0.4, RATE)
    # On the grid of 24-bit files float32 adds exactly, and writing the files changes nothing.
    stems = (np.round(stems * 2**23) / 2**23).astype(np.float32)
    buffers = {name: AudioBuffer(stem, RATE) for name, stem in zip(RENDERERS, stems, strict=True)}
    return Song(AudioBuffer(stems.sum(axis=0), RATE), buffers)


def _render(name: str, seed: int) -> Signal:
    """One stem [2, T], its hands moved by a generator of its own."""
    rng = np.random.default_rng([seed, *name.encode()])
    track = np.zeros((2, round(LENGTH_S * RATE)))
    return amplitude(LEVELS_DB[name]) * RENDERERS[name](track, RATE, rng)


def _bus_gain(mix: Signal) -> Signal:
    """Gain [T] of a gentle compressor and a limiter that listen to the mix [2, T].

    One gain for all stems, so that they still add up to the mix.
    """
    power = _smoothed((mix**2).mean(axis=0), 8)
    over_db = np.maximum(0, 10 * np.log10(power + 1e-12) + 17)
    gain = amplitude(3) * _smoothed(amplitude(-0.5) ** over_db, 8)
    peak = np.abs(mix * gain).max(axis=0)
    n_ahead = round(0.004 * RATE)
    needed = np.minimum(1, amplitude(CEILING_DB) / maximum_filter1d(np.maximum(peak, 1e-9), 2 * n_ahead + 1))
    # The mean over a window no wider than the maximum's never exceeds what the peak inside it allows.
    return gain * uniform_filter1d(needed, n_ahead)


def _smoothed(curve: Signal, cutoff_hz: float) -> Signal:
    """The curve [T] without what is faster than the cut-off, neither late nor overshooting."""
    sos = signal.butter(1, cutoff_hz, fs=RATE, output="sos")
    return np.asarray(signal.sosfiltfilt(sos, curve))
