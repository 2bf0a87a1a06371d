"""Voices taken apart into pitch, formants and breath, and put together at another melody (the door of pyworld).

Conventions:
    A frame lasts `FRAME_S`. Envelopes are power spectra [K, F] at 44100 Hz. Breath [F], the share of noise in what is
    sung on a pitch, is not measured, which would take longer than all the rest, but rises with frequency.

References:
    Morise et al. 2016, "WORLD: a vocoder-based high-quality speech synthesis system for real-time applications".
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from mixassist.errors import EngineError
from separation.songs import RATE

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

FRAME_S = 0.005
LOWEST_HZ, HIGHEST_HZ = 65.0, 720.0
EXTENSION_DB_PER_KHZ = -1.5
"""How envelopes go on above the band that was recorded."""


@dataclass(frozen=True)
class Voice:
    """Frames of a voice: pitch [K] in Hz, 0 where none; logarithmic envelope [K, F]."""

    pitch_hz: Doubles
    log_envelope: Doubles

    @property
    def n_frames(self) -> int:
        return int(self.pitch_hz.size)

    def at(self, place: Doubles) -> Voice:
        """The voice at other frames, fractions fading between neighbours; a frame is voiced as its nearest is."""
        low = np.clip(place.astype(int), 0, self.n_frames - 2)
        share = np.clip(place - low, 0, 1)[:, None]
        near = np.clip(np.round(place).astype(int), 0, self.n_frames - 1)
        envelope = self.log_envelope[low] * (1 - share) + self.log_envelope[low + 1] * share
        return Voice(self.pitch_hz[near], envelope)

    def with_formants(self, factor: float) -> Voice:
        """The voice of a longer (below 1) or shorter throat."""
        n_bins = self.log_envelope.shape[1]
        place = np.clip(np.arange(n_bins) / factor, 0, n_bins - 1.001)
        low, share = place.astype(int), place % 1
        envelope = self.log_envelope[:, low] * (1 - share) + self.log_envelope[:, low + 1] * share
        return Voice(self.pitch_hz, envelope)


def analyse(mono: Floats, band_hz: float = RATE / 2) -> Voice:
    """Frames of a recording [T]; above `band_hz`, where it has nothing, envelopes are continued."""
    world = _open_library()
    samples = np.ascontiguousarray(mono, np.float64) + 1e-6 * np.random.default_rng(0).standard_normal(mono.size)
    pitch_hz, time_s = world.dio(
        samples, RATE, f0_floor=LOWEST_HZ, f0_ceil=HIGHEST_HZ, frame_period=1000 * FRAME_S, allowed_range=0.15
    )
    pitch_hz = world.stonemask(samples, pitch_hz, time_s, RATE)
    envelope = np.log(world.cheaptrick(samples, pitch_hz, time_s, RATE))
    return Voice(pitch_hz, _extended(envelope, pitch_hz, band_hz) if band_hz < RATE / 2 else envelope)


def sing(voice: Voice, pitch_hz: Doubles, breath: Doubles) -> Floats:
    """The voice [T] at a pitch [K] with breath [F]; frames of pitch 0 are whispered."""
    envelope = np.ascontiguousarray(np.exp(voice.log_envelope))
    noise = np.where(pitch_hz[:, None] > 0, breath[None], 1.0)
    played = _open_library().synthesize(
        np.ascontiguousarray(pitch_hz, np.float64), envelope, noise, RATE, frame_period=1000 * FRAME_S
    )
    return np.asarray(played, np.float32)


def breath_curve(n_bins: int, breathiness: float) -> Doubles:
    """Share of noise by frequency: hardly any below 2 kHz, most of it at the top; all over where it is breathy."""
    hz = np.linspace(0, RATE / 2, n_bins)
    curve = 0.9 / (1 + np.exp(-(hz - 7500) / 1800))
    return np.clip(curve + breathiness * (1 - curve), 1e-3, 1 - 1e-3)


def _extended(envelope: Doubles, pitch_hz: Doubles, band_hz: float) -> Doubles:
    """Envelopes that fall slowly from the level they had below the end of the band.

    What is sung is continued from lower down than consonants are: synthesized speech is too loud where its band ends.
    """
    hz = np.linspace(0, RATE / 2, envelope.shape[1])
    extended = envelope.copy()
    for is_chosen, first_hz, end_hz in (
        (pitch_hz > 0, 0.57 * band_hz, 0.74 * band_hz),
        (pitch_hz <= 0, 0.68 * band_hz, 0.86 * band_hz),
    ):
        edge = envelope[np.ix_(is_chosen, (hz > first_hz) & (hz < end_hz))].mean(axis=1, keepdims=True)
        fall = np.log(10) / 10 * EXTENSION_DB_PER_KHZ / 1000 * (hz[hz >= end_hz] - end_hz)
        extended[np.ix_(is_chosen, hz >= end_hz)] = edge + fall
    return extended


def _open_library() -> ModuleType:
    try:
        with warnings.catch_warnings():
            # It asks an old module of setuptools for its own version.
            warnings.simplefilter("ignore")
            import pyworld
    except ImportError as error:
        raise EngineError(
            "pyworld is missing, which sings words to a melody: pip install 'pyworld>=0.3.5' 'setuptools<81'"
        ) from error
    world: ModuleType = pyworld
    return world
