"""The drum kit of the demo: every stroke is computed, no two are alike."""

from __future__ import annotations

import numpy as np

from mixassist.demo.score import BEAT_S, FILL, KICKS, N_BARS, SNARES
from mixassist.demo.synthesis import (
    Signal,
    decay,
    fade_out,
    filtered,
    in_room,
    panned,
    place,
    room_response,
    seconds,
    swept_sine,
)

HAT_PARTIALS_HZ = (3170.0, 4210.0, 5380.0, 6790.0, 8130.0, 9710.0)


def render_drums(track: Signal, rate: int, rng: np.random.Generator) -> Signal:
    """The drum stem [2, T], as long as the empty `track`."""
    for bar in range(N_BARS):
        _play_bar(track, bar, rate, rng)
    for index, (beat, velocity) in enumerate(FILL):
        stroke = velocity * tom(rate, rng, 150 - 14 * index)
        _play(track, panned(stroke, 0.5 - 0.2 * index), beat, rate, rng)
    _play(track, panned(0.9 * kick(rate, rng), 0), 4 * N_BARS, rate, rng)
    for beat, pan in ((0, -0.4), (4 * N_BARS, 0.4)):
        _play(track, panned(0.16 * crash(rate, rng), pan), beat, rate, rng)
    return in_room(track, room_response(rng, rate, t60_s=0.45, predelay_s=0.006), wet_db=-15)


def _play_bar(track: Signal, bar: int, rate: int, rng: np.random.Generator) -> None:
    is_last = bar == N_BARS - 1
    for beat, velocity in KICKS:
        _play(track, panned(velocity * kick(rate, rng), 0), 4 * bar + beat, rate, rng)
    for beat, velocity in SNARES[: 1 if is_last else None]:
        _play(track, panned(0.62 * velocity * snare(rate, rng, velocity), 0.05), 4 * bar + beat, rate, rng)
    for eighth in range(5 if is_last else 8):
        is_open = eighth == 7 and bar % 2 == 1
        velocity = (0.3 if eighth % 2 == 0 else 0.19) * rng.uniform(0.85, 1.1)
        stroke = velocity * hat(rate, rng, t60_s=0.5 if is_open else 0.11)
        swing = 0.035 if eighth % 2 else 0.0
        _play(track, panned(stroke, 0.3), 4 * bar + eighth / 2 + swing, rate, rng)


def _play(track: Signal, stroke: Signal, beat: float, rate: int, rng: np.random.Generator) -> None:
    """Places a stroke [2, n] on its beat, early or late by a few milliseconds as hands are."""
    place(track, stroke, beat * BEAT_S + 0.002 * rng.standard_normal(), rate)


def kick(rate: int, rng: np.random.Generator) -> Signal:
    """A bass drum [T]: the head's pitch falls from 190 to 52 Hz; the beater clicks."""
    time_s = seconds(0.5, rate)
    body = swept_sine(52 + 140 * np.exp(-time_s / 0.022), rate) * decay(time_s, 0.42)
    click = filtered(rng.standard_normal(time_s.size), "bandpass", (1500, 6500), rate) * decay(time_s, 0.025)
    return fade_out(np.tanh(1.6 * (body + 0.35 * click)) / 1.1, 0.05, rate)


def snare(rate: int, rng: np.random.Generator, velocity: float) -> Signal:
    """A snare [T]: two modes of the head, and wires that rattle longer and brighter the harder it is struck."""
    time_s = seconds(0.4, rate)
    bend = 1 + 0.12 * np.exp(-time_s / 0.012)
    head = swept_sine(188 * bend, rate) * decay(time_s, 0.17) + 0.6 * swept_sine(331 * bend, rate) * decay(time_s, 0.11)
    noise = rng.standard_normal(time_s.size)
    wires = filtered(noise, "bandpass", (900, 5000), rate) * decay(time_s, 0.14 + 0.14 * velocity)
    air = filtered(noise, "highpass", 5000, rate) * decay(time_s, 0.12 + 0.1 * velocity)
    return fade_out(np.tanh(0.8 * head + 0.85 * wires + 0.5 * velocity * air), 0.05, rate)


def tom(rate: int, rng: np.random.Generator, frequency_hz: float) -> Signal:
    """A tom [T]: one falling mode, its overtone, and a stick."""
    time_s = seconds(0.6, rate)
    bend = 1 + 0.35 * np.exp(-time_s / 0.05)
    body = swept_sine(frequency_hz * bend, rate) * decay(time_s, 0.5)
    overtone = 0.3 * swept_sine(1.59 * frequency_hz * bend, rate) * decay(time_s, 0.25)
    stick = filtered(rng.standard_normal(time_s.size), "bandpass", (900, 5000), rate) * decay(time_s, 0.04)
    return fade_out(0.6 * (body + overtone + 0.3 * stick), 0.05, rate)


def hat(rate: int, rng: np.random.Generator, t60_s: float) -> Signal:
    """A hi-hat [T]: six partials that share no root, beating in noise."""
    time_s = seconds(1.1 * t60_s, rate)
    tune = rng.uniform(0.99, 1.01)
    metal = sum(np.sign(np.sin(2 * np.pi * tune * partial * time_s)) for partial in HAT_PARTIALS_HZ) / 6
    sound = filtered(0.5 * metal + 0.6 * rng.standard_normal(time_s.size), "highpass", 6500, rate, order=3)
    return fade_out(sound * decay(time_s, t60_s) * (1 - np.exp(-time_s / 0.0006)), 0.01, rate)


def crash(rate: int, rng: np.random.Generator) -> Signal:
    """A crash cymbal [T]: eighty modes between 400 Hz and 14 kHz, the high ones gone first, in a wash of noise."""
    time_s = seconds(2.4, rate)
    modes_hz = np.geomspace(400, 14000, 80) * rng.uniform(0.96, 1.04, 80)
    phases = rng.uniform(0, 2 * np.pi, 80)
    modes = np.zeros(time_s.size)
    for mode_hz, phase in zip(modes_hz, phases, strict=True):
        modes += np.sin(2 * np.pi * mode_hz * time_s + phase) * decay(time_s, 3.2 / (1 + mode_hz / 6000))
    wash = filtered(rng.standard_normal(time_s.size), "highpass", 3500, rate) * decay(time_s, 1.8)
    return fade_out((modes / 7 + wash) * (1 - np.exp(-time_s / 0.002)), 0.5, rate)
