"""The level by which a stream is brought to what its network learned at."""

from __future__ import annotations

import numpy as np
import pytest

from separation.live.level import FLOOR, MEMORY_S, RunningLevel

HOP, RATE = 441, 44100
N_MEMORY = round(MEMORY_S * RATE / HOP)


def heard(level: RunningLevel, rms: float, n_hops: int) -> float:
    hop = rms * np.where(np.arange(HOP) % 2, 1.0, -1.0)
    return [level.advance(np.stack([hop, hop])) for _ in range(n_hops)][-1]


def test_it_is_there_with_the_first_sound():
    assert heard(RunningLevel(HOP, RATE), 0.2, 1) == pytest.approx(0.2)


def test_channels_that_cancel_each_other_are_as_loud_as_others():
    hop = 0.2 * np.where(np.arange(HOP) % 2, 1.0, -1.0)
    assert RunningLevel(HOP, RATE).advance(np.stack([hop, -hop])) == pytest.approx(0.2)


def test_silence_before_the_song_is_not_remembered():
    level = RunningLevel(HOP, RATE)
    assert heard(level, 0.0, 1000) == FLOOR
    assert heard(level, 0.5, 1) == pytest.approx(0.5)


def test_at_first_it_is_the_level_of_all_heard_so_far():
    level = RunningLevel(HOP, RATE)
    heard(level, 0.1, 10)
    assert heard(level, 0.3, 10) == pytest.approx(np.sqrt((0.1**2 + 0.3**2) / 2))


def test_later_its_power_forgets_at_a_constant_rate():
    level = RunningLevel(HOP, RATE)
    heard(level, 0.5, N_MEMORY)
    after = heard(level, 0.01, N_MEMORY)
    left = (1 - 1 / N_MEMORY) ** N_MEMORY
    assert after == pytest.approx(np.sqrt(left * 0.5**2 + (1 - left) * 0.01**2))


def test_a_pause_leaves_it_as_it_is():
    level = RunningLevel(HOP, RATE)
    before = heard(level, 0.2, 50)
    assert heard(level, 0.0, 1000) == before


def test_after_a_reset_nothing_is_left():
    level = RunningLevel(HOP, RATE)
    heard(level, 0.2, 50)
    level.reset()
    assert heard(level, 0.0, 1) == FLOOR
