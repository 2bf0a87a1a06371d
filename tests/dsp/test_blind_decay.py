"""Rooms told from sound alone: dead from live, and nothing from silence."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from mixassist.dsp.blind_decay import estimate_room
from tests.tolerances import BLIND_DECAY

RATE = 16000


def in_a_room(rt60_s: float, every_s: float = 1.5) -> np.ndarray:
    """Bursts of noise in a room that decays alike in all octaves, [1, T]."""
    rng = np.random.default_rng(3)
    dry = np.zeros(9 * RATE)
    for start in range(0, len(dry), round(every_s * RATE)):
        dry[start : start + RATE // 5] = rng.standard_normal(RATE // 5)
    time_s = np.arange(round(1.5 * rt60_s * RATE)) / RATE
    response = rng.standard_normal(time_s.size) * 10 ** (-3 * time_s / rt60_s)
    response /= np.sqrt(np.sum(response**2))
    response[0] += 1
    return scipy.signal.oaconvolve(dry, response)[None].astype(np.float32)


@pytest.mark.parametrize("rt60_s", [0.5, 1.0, 1.6])
def test_a_room_is_told_from_its_sound(rt60_s):
    estimate = estimate_room([in_a_room(rt60_s)], RATE)
    assert estimate.rt60_s == pytest.approx(rt60_s, rel=BLIND_DECAY)
    assert estimate.drr_db is not None
    assert 0.2 < estimate.confidence <= 1


def test_where_sounds_have_no_time_to_end_the_room_is_told_less_surely():
    slow, fast = (estimate_room([in_a_room(1.0, every_s)], RATE) for every_s in (1.5, 0.3))
    assert fast.confidence < slow.confidence / 2


def test_what_is_dry_is_told_to_be_nearer_than_what_is_not():
    wet = in_a_room(1.0)
    dry = np.where(np.arange(wet.shape[1]) % (3 * RATE // 2) < RATE // 5, wet, 0).astype(np.float32)
    assert estimate_room([dry], RATE).drr_db > estimate_room([wet], RATE).drr_db + 6


def test_octaves_above_half_the_rate_are_not_told():
    estimate = estimate_room([in_a_room(1.0)[:, ::4].copy()], RATE // 4)
    assert estimate.rt60_by_octave[4000.0] is None
    assert estimate.rt60_s == pytest.approx(1.0, rel=BLIND_DECAY)


def test_blocks_and_level_do_not_matter():
    sound = in_a_room(0.5)
    pieces = [sound[:, begin : begin + 777] / 2 for begin in range(0, sound.shape[1], 777)]
    assert estimate_room(pieces, RATE) == estimate_room([sound / 2], RATE)
    assert estimate_room(pieces, RATE).rt60_s == pytest.approx(estimate_room([sound], RATE).rt60_s, rel=1e-3)


@pytest.mark.parametrize("samples", [np.zeros((2, RATE)), np.zeros((1, 10)), np.full((1, RATE), 0.1)])
def test_what_has_no_falls_has_no_room(samples):
    estimate = estimate_room([samples.astype(np.float32)], RATE)
    assert estimate.rt60_s is None
    assert estimate.drr_db is None
    assert estimate.confidence == 0
