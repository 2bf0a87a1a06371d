"""Several notes at once are told from one, from noise and from silence."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.audio.buffer import Samples
from tests.signals import noise
from transfer.controls import ControlStream
from transfer.controls.polyphony import Polyphony

RATE = 48000


def note(f0_hz: float) -> Samples:
    """A second of a note [1, T] with vibrato and ten harmonics."""
    time_s = np.arange(RATE) / RATE
    phase = 2 * np.pi * f0_hz * time_s + 0.01 * f0_hz / 5.5 * np.sin(2 * np.pi * 5.5 * time_s)
    return np.asarray([sum(0.1 / k * np.sin(k * phase + k) for k in range(1, 11))], np.float32)


def heard(sound: Samples) -> Polyphony:
    stream = ControlStream(RATE)
    stream.process(sound)
    return stream.polyphony()


@pytest.mark.parametrize("f0_hz", [90, 250, 800])
def test_one_note_is_one(f0_hz: float) -> None:
    one = heard(note(f0_hz))
    assert one.confidence < 0.15
    assert one.findings() == []


@pytest.mark.parametrize("semitones", [3, 8, 13])
def test_two_notes_are_warned_of(semitones: int) -> None:
    two = heard(note(196) + note(196 * 2 ** (semitones / 12)))
    assert [finding.code for finding in two.findings()] == ["several-notes"]
    assert f"confidence {two.confidence:.0%}" in two.findings()[0].message


def test_noise_has_no_pitch_and_silence_tells_nothing() -> None:
    assert [finding.code for finding in heard(noise(RATE, n_channels=1)).findings()] == ["no-pitch"]
    silence = heard(np.zeros((1, RATE), np.float32))
    assert silence.confidence == 0
    assert silence.findings() == []


def test_what_was_heard_does_not_depend_on_how_it_was_cut() -> None:
    sound = (note(196) + note(311))[:, :20000]
    stream = ControlStream(RATE)
    for piece in np.split(sound, [1, 700, 5003, 5004, 13000], axis=1):
        stream.process(piece)
    assert stream.polyphony() == heard(sound)
    stream.reset()
    assert stream.polyphony().n_looks == 0
