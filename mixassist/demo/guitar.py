"""The demo guitar: a dry take and the same take through an amplifier whose delay and polarity are known."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
from scipy import signal

from mixassist.audio.buffer import AudioBuffer
from mixassist.demo.synthesis import Signal, amplitude, fade_out, filtered, pitch_hz, place, seconds

RATE = 48000
BEAT_S = 0.5
LENGTH_S = 12.0

PHRASES = (
    # beat, length in beats, velocity, mute 0..1, pitches
    (0.0, 0.5, 0.9, 0.8, (40,)),
    (0.5, 0.5, 0.7, 0.8, (40,)),
    (1.0, 1.0, 1.0, 0.0, (40, 47, 52)),
    (2.0, 0.5, 0.8, 0.8, (40,)),
    (2.5, 1.5, 1.0, 0.0, (43, 50, 55)),
    (4.0, 4.0, 0.9, 0.0, (45, 52, 57, 60, 64)),
    (8.0, 0.5, 0.5, 0.0, (64,)),
    (8.5, 0.5, 0.6, 0.0, (67,)),
    (9.0, 0.5, 0.7, 0.0, (69,)),
    (9.5, 2.0, 1.0, 0.0, (72,)),
    (11.5, 0.5, 0.6, 0.3, (69,)),
    (12.0, 1.0, 0.3, 0.0, (52, 59, 64)),
    (13.0, 1.0, 0.15, 0.0, (55, 59, 64)),
    (14.0, 2.0, 0.08, 0.0, (57, 60, 64)),
    (16.0, 0.5, 1.0, 0.9, (40, 47)),
    (16.5, 0.5, 1.0, 0.9, (40, 47)),
    (17.0, 1.0, 1.0, 0.1, (43, 50)),
    (18.0, 5.5, 1.0, 0.0, (40, 47, 52, 56, 59, 64)),
)
"""Palm mutes, power chords, a line, soft and hard strumming: what an amplifier answers to differently."""


@dataclass(frozen=True)
class GuitarFacts:
    """What a capture tool should find out about the pair."""

    delay_samples: int = 421
    polarity: int = -1
    drive_db: float = 22.0
    rate: int = RATE

    def to_dict(self) -> dict[str, float]:
        return asdict(self)


class GuitarPair(NamedTuple):
    """The dry take, the take through the amplifier, and the truth about the line between them."""

    di: AudioBuffer
    reamped: AudioBuffer
    facts: GuitarFacts


def render_guitar_pair(seed: int = 0) -> GuitarPair:
    """12 s of guitar at 48 kHz, mono, dry and reamped, with equal numbers of frames."""
    rng = np.random.default_rng([seed, *b"guitar"])
    facts = GuitarFacts()
    di = _take(rng)
    reamped = facts.polarity * _delayed(_amplifier(di, facts.drive_db), facts.delay_samples)
    reamped *= amplitude(-3) / np.abs(reamped).max()
    return GuitarPair(_buffer(di), _buffer(reamped), facts)


def _buffer(take: Signal) -> AudioBuffer:
    """A mono buffer on the grid of 24-bit files."""
    return AudioBuffer((np.round(take * 2**23) / 2**23).astype(np.float32)[None], RATE)


def _take(rng: np.random.Generator) -> Signal:
    """The phrases played on strings, with the noise of pickup and interface under them, [T]."""
    take = np.zeros(round(LENGTH_S * RATE))
    for beat, n_beats, velocity, mute, pitches in PHRASES:
        for index, pitch in enumerate(pitches):
            note = string(pitch_hz(pitch), n_beats * BEAT_S, velocity, mute, rng)
            place(take, note, 0.25 + beat * BEAT_S + 0.007 * index + 0.002 * rng.standard_normal(), RATE)
    take = filtered(take, "highpass", 60, RATE)
    take *= amplitude(-6) / np.abs(take).max()
    return take + amplitude(-92) * rng.standard_normal(take.size)


def string(frequency_hz: float, length_s: float, velocity: float, mute: float, rng: np.random.Generator) -> Signal:
    """A plucked string [T], as a delay line that smooths itself (Karplus and Strong, CMJ 7(2), 1983).

    The loop is tuned between samples by linear interpolation (Jaffe and Smith, same issue); `mute` is the palm.
    """
    time_s = seconds(length_s + 0.06, RATE)
    damping = 0.12 + 0.33 * mute
    period = RATE / frequency_hz - damping
    whole = int(period)
    smooth = np.convolve([1 - damping, damping], [1 - (period - whole), period - whole])
    t60_s = (3.5 - 3.1 * mute) * (110 / frequency_hz) ** 0.3
    loop = np.zeros(whole + 3)
    loop[0], loop[whole:] = 1, -smooth * 10 ** (-3 / (frequency_hz * t60_s))
    pluck = np.zeros(time_s.size)
    burst = filtered(rng.uniform(-1, 1, whole), "lowpass", 1200 + 6000 * velocity * (1 - 0.6 * mute), RATE, order=1)
    pluck[:whole] = burst
    place(pluck, -0.8 * burst, 0.14 / frequency_hz, RATE)  # the comb of plucking at a seventh of the string
    return fade_out(velocity * np.asarray(signal.lfilter([1], loop, pluck)), 0.05, RATE)


def _amplifier(di: Signal, drive_db: float) -> Signal:
    """A valve-like amplifier with its cabinet, [T], without delay of its own beyond its filters' phase."""
    tight = filtered(di, "highpass", 140, RATE, order=1)
    driven = signal.resample_poly(amplitude(drive_db) * tight, 8, 1)
    # The offset makes the two halves of the wave clip differently: even harmonics, as a single valve makes.
    clipped = np.tanh(driven + 0.25) - np.tanh(0.25)
    return _cabinet(np.asarray(signal.resample_poly(clipped, 1, 8)))


def _cabinet(sound: Signal) -> Signal:
    """A loudspeaker heard up close: no rumble, thump at 110 Hz, bite at 2.6 kHz, dark above 5 kHz."""
    sound = filtered(sound, "highpass", 75, RATE)
    sound = sound + 0.5 * filtered(sound, "bandpass", (85, 140), RATE, order=1)
    sound = sound + 0.9 * filtered(sound, "bandpass", (1900, 3600), RATE, order=1)
    return filtered(sound, "lowpass", 4800, RATE, order=4)


def _delayed(sound: Signal, n_samples: int) -> Signal:
    return np.concatenate([np.zeros(n_samples), sound[:-n_samples]])
