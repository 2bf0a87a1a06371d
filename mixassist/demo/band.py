"""The instruments behind the voice: a plucked bass, an electric piano and a pad."""

from __future__ import annotations

import numpy as np

from mixassist.demo.score import BEAT_S, N_BARS, Note, bass_notes, chord_of
from mixassist.demo.synthesis import (
    Signal,
    decay,
    fade_out,
    filtered,
    in_room,
    panned,
    pitch_hz,
    place,
    room_response,
    seconds,
)

PIANO_RHYTHM = ((0.0, 1.4, 0.9), (1.5, 0.9, 0.65), (2.5, 1.4, 0.8))
"""Beat in the bar, length in beats, velocity."""
PLUCKED_AT = 0.17
"""Where the bass is plucked, as a fraction of the string's length."""


def render_bass(track: Signal, rate: int, rng: np.random.Generator) -> Signal:
    """The bass stem [2, T]: in the middle and dry, as basses are."""
    for note in bass_notes():
        late_s = 0.003 * rng.standard_normal()
        place(track, panned(plucked_bass(note, rate, rng), 0), note.beat * BEAT_S + late_s, rate)
    return np.tanh(1.3 * track) / 1.3


def plucked_bass(note: Note, rate: int, rng: np.random.Generator) -> Signal:
    """A plucked string [T]: partials with the comb of the plucking place, the high ones gone first.

    Amplitudes sin(n π p) / n for a string plucked at the fraction p of its length (Fletcher and Rossing, ch. 2).
    """
    frequency_hz = pitch_hz(note.pitch)
    time_s = seconds(note.n_beats * BEAT_S + 0.08, rate)
    sound = np.zeros(time_s.size)
    for n in range(1, int(4500 / frequency_hz)):
        partial_hz = n * frequency_hz * np.sqrt(1 + 6e-5 * n**2)  # a stiff string's overtones are sharp
        level = np.sin(n * np.pi * PLUCKED_AT) / n * np.exp(-n * (1.2 - note.velocity) / 9)
        sound += level * np.sin(2 * np.pi * partial_hz * time_s) * decay(time_s, 4.5 / (1 + 0.28 * n))
    finger = filtered(rng.standard_normal(time_s.size), "bandpass", (700, 2600), rate) * decay(time_s, 0.03)
    attack = 1 - np.exp(-time_s / 0.003)
    return fade_out(note.velocity * (sound * attack + 0.06 * finger), 0.07, rate)


def render_other(track: Signal, rate: int, rng: np.random.Generator) -> Signal:
    """The stem of all other instruments [2, T]: electric piano and pad in one room."""
    for bar in range(N_BARS):
        _play_chord(track, bar, PIANO_RHYTHM, rate, rng)
    _play_chord(track, N_BARS, ((0.0, 2.8, 0.9),), rate, rng)
    _sway(track, rate)
    for bar in range(N_BARS + 1):
        length_s = (4 if bar < N_BARS else 2.5) * BEAT_S
        place(track, 0.13 * pad(chord_of(bar), length_s, rate, rng), 4 * bar * BEAT_S, rate)
    return in_room(track, room_response(rng, rate, t60_s=1.3, predelay_s=0.015), wet_db=-11)


def _play_chord(
    track: Signal, bar: int, rhythm: tuple[tuple[float, float, float], ...], rate: int, rng: np.random.Generator
) -> None:
    """Strikes a bar's chord, low strings a moment before high ones and a little to the left of them."""
    for beat, n_beats, velocity in rhythm:
        for index, pitch in enumerate(chord_of(bar)):
            note = Note(4 * bar + beat, n_beats, pitch, velocity * rng.uniform(0.85, 1.0))
            start_s = note.beat * BEAT_S + 0.008 * index + 0.002 * rng.standard_normal()
            place(track, panned(0.17 * electric_piano(note, rate), -0.35 + 0.2 * index), start_s, rate)


def electric_piano(note: Note, rate: int) -> Signal:
    """An electric piano [T]: a tine struck against a bar, as two pairs of frequency modulation."""
    time_s = seconds(note.n_beats * BEAT_S + 0.25, rate)
    phase = 2 * np.pi * pitch_hz(note.pitch) * time_s
    bar = np.sin(phase + 1.9 * note.velocity * decay(time_s, 1.6) * np.sin(phase))
    tine = np.sin(phase + 0.9 * note.velocity * decay(time_s, 0.35) * np.sin(14 * phase))
    envelope = decay(time_s, 2.6) * (1 - np.exp(-time_s / 0.002))
    return fade_out(note.velocity * (0.75 * bar + 0.45 * tine) * envelope, 0.25, rate)


def _sway(track: Signal, rate: int) -> None:
    """Moves the piano slowly from side to side, in place."""
    swing = 0.22 * np.sin(2 * np.pi * seconds(track.shape[1] / rate, rate) / (4 * BEAT_S))
    track *= np.stack([1 + swing, 1 - swing])


def pad(pitches: tuple[int, ...], length_s: float, rate: int, rng: np.random.Generator) -> Signal:
    """A chord of detuned saws [2, T] that opens and closes slowly, each side with voices of its own."""
    time_s = seconds(length_s + 0.5, rate)
    voices = np.zeros((2, time_s.size))
    for side in range(2):
        for pitch in pitches:
            for cents in (-9, 2, 11):
                frequency_hz = pitch_hz(pitch + 12 + (cents + rng.uniform(-3, 3)) / 100)
                voices[side] += _saw(frequency_hz, time_s, rng.uniform(0, 1))
    envelope = np.minimum(1, time_s / 0.35) * np.clip((time_s[-1] - time_s) / 0.5, 0, 1)
    return filtered(filtered(voices, "lowpass", 3800, rate), "highpass", 260, rate) * envelope / 4


def _saw(frequency_hz: float, time_s: Signal, phase: float) -> Signal:
    """A saw [T] with its step smoothed over two samples (polyBLEP; Välimäki and Huovilainen, 2007)."""
    step = frequency_hz * time_s[1]
    position = (frequency_hz * time_s + phase) % 1
    saw = 2 * position - 1
    before, after = position > 1 - step, position < step
    saw[after] -= 2 * position[after] / step - (position[after] / step) ** 2 - 1
    rest = (position[before] - 1) / step
    saw[before] -= rest**2 + 2 * rest + 1
    return saw
