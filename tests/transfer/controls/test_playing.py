"""A recording, heard beforehand."""

from __future__ import annotations

import numpy as np

from tests.signals import sine
from transfer.controls.playing import hear_playing

RATE = 48000


def test_notes_and_loudness_of_a_recording_are_known() -> None:
    tone = np.concatenate([sine(440, RATE // 2, RATE, 0.5), sine(880, RATE // 2, RATE, 0.5)], axis=1)
    playing = hear_playing(np.array_split(tone, 9, axis=1), RATE)
    assert playing.statistics is not None
    assert round(playing.statistics.note(0.25)) == 69
    assert round(playing.statistics.note(0.75)) == 81
    assert playing.findings() == []


def test_silence_is_told() -> None:
    playing = hear_playing([np.zeros((1, RATE // 2), np.float32)], RATE)
    assert playing.statistics is None
    assert [finding.code for finding in playing.findings()] == ["silent"]
