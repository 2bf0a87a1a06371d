"""The blind predelay: told of rooms that begin late, none of those that begin at once, for any cut into blocks."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from mixassist.dsp.blind_predelay import PredelayMeter
from tests.tolerances import BLIND_PREDELAY_S

RATE = 16000


def bursts(seconds: float = 10.0) -> np.ndarray:
    """Bursts of noise, each of its own colour and length."""
    rng = np.random.default_rng(0)
    sound = np.zeros(round(seconds * RATE))
    for start in np.sort(rng.integers(0, sound.size - RATE, round(3 * seconds))):
        noise = rng.standard_normal(rng.integers(RATE // 40, RATE // 5))
        colour = scipy.signal.butter(1, sorted(rng.uniform(0.02, 0.98, 2)), "bandpass", output="sos")
        sound[start : start + noise.size] += scipy.signal.sosfilt(colour, noise)
    return sound


def in_room(sound: np.ndarray, predelay_s: float) -> np.ndarray:
    time_s = np.arange(RATE // 2) / RATE
    room = 0.04 * np.random.default_rng(1).standard_normal(time_s.size) * 10 ** (-3 * time_s / 0.6)
    room = np.pad(room, (round(predelay_s * RATE), 0))
    room[0] += 1
    return scipy.signal.oaconvolve(sound, room)[None].astype(np.float32)


def told(blocks) -> float | None:
    meter = PredelayMeter(RATE)
    for block in blocks:
        meter.update(block)
    return meter.predelay_s()


@pytest.mark.parametrize("predelay_s", [0.012, 0.03, 0.08])
def test_a_late_room_is_told(predelay_s):
    assert told([in_room(bursts(), predelay_s)]) == pytest.approx(predelay_s, abs=BLIND_PREDELAY_S)


def test_a_room_at_once_and_no_room_have_none():
    assert told([in_room(bursts(), 0.0)]) == pytest.approx(0, abs=0.005)
    assert told([bursts()[None].astype(np.float32)]) == 0


def test_any_cut_gives_the_same():
    sound = np.repeat(in_room(bursts(), 0.03), 2, axis=0)
    assert told([sound]) == told(np.split(sound, [1, 700, 701, 50000], axis=1))


@pytest.mark.parametrize("sound", [bursts(2.0)[None], np.zeros((2, 10 * RATE))])
def test_too_little_sound_tells_nothing(sound):
    assert told([sound.astype(np.float32)]) is None
