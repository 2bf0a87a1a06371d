"""Rooms: whether they ring as asked and are as loud as their distance says, how fast they are, in how much memory."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.command_speed import COLUMNS, command_rows
from benchmarks.results import Section
from benchmarks.separation import Bench
from mixassist import AudioBuffer
from mixassist.dsp.decay import MIDDLE_HZ, OCTAVES_HZ, octave_bands, octave_reverberation_s
from mixassist.dsp.hops import Floats
from separation.rooms.answer import Answer, find_answer
from separation.rooms.options import RespaceOptions
from separation.rooms.placing import respace
from separation.rooms.room import built_in_rooms

RATE = 44100


def rooms(bench: Bench) -> Section:
    """RT60 of each room's output against what was asked, its level, and the speed of playing into it."""
    rows = []
    click = np.zeros((1, 100), np.float32)
    click[0, 0] = 1
    n_frames = (3 if bench.is_quick else 60) * RATE
    song = AudioBuffer(np.random.default_rng(0).normal(0, 0.1, (2, n_frames)).astype(np.float32), RATE)
    for name, room in list(built_in_rooms().items())[: 2 if bench.is_quick else None]:
        out = respace(AudioBuffer(click, RATE), RespaceOptions(name)).samples
        ratios = np.array([octave_reverberation_s(ear, RATE) for ear in out]) / room.rt60_s - 1
        answer = find_answer(RespaceOptions(name), RATE, 1)
        first_ms = 1000 * (answer.first_frame() or 0) / RATE
        begin = time.perf_counter()
        respace(song, RespaceOptions(name))
        speed = song.seconds / (time.perf_counter() - begin)
        rows.append(
            (name, f"{room.middle_s:.2f}", f"{np.abs(ratios).max():.1%}", f"{_middle_db(answer):+.1f}",
             f"{first_ms:.1f}", f"{speed:.0f}")
        )  # fmt: skip
    return Section(
        "Rooms",
        "python -m benchmarks --only rooms",
        ("room", "RT60, s", "largest error", "level, dB", "first heard, ms", "× real time"),
        rows,
        "RT60 of what comes out for a click, at both ears, in eight octaves, against what was asked; the room's level "
        "against the click at 500 Hz and 1 kHz, -3 dB by the theory of diffuse fields where the microphones stand; "
        "speed for a minute in stereo, synthesis included.",
    )


def speed(bench: Bench) -> Section:
    """The command on songs of several lengths."""
    return Section(
        "Rooms: speed",
        "python -m benchmarks --only rooms-speed",
        COLUMNS,
        command_rows(bench, ["respace", "--room", "hall", "--wet", "-12", "--plot"]),
        "The whole command, `mixassist respace SONG --room hall --wet -12 --plot`.",
    )


def _middle_db(answer: Answer) -> float:
    """Energy of the room against that of a click, at 500 Hz and 1 kHz, both ears."""
    response = answer.samples[0].astype(np.float64)
    click = np.zeros(response.shape[-1])
    click[click.size // 2] = 1
    return float(10 * np.log10(_middle_energy(response) / _middle_energy(click)))


def _middle_energy(response: Floats) -> float:
    octaves = [OCTAVES_HZ.index(hz) for hz in MIDDLE_HZ]
    energies = np.sum(octave_bands(response, RATE) ** 2, axis=-1)[..., octaves]
    return float(energies.sum(axis=-1).mean())


SECTIONS = {"rooms": rooms, "rooms-speed": speed}
