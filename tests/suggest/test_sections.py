from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mixassist.dsp.loudness import LoudnessMeter
from mixassist.suggest.sections import SectionMeter

RATE = 22050


def sections(samples, n_block=RATE):
    meter = SectionMeter(RATE, len(samples))
    blocks = [samples[:, start : start + n_block] for start in range(0, samples.shape[1], n_block)]
    passed = np.concatenate([np.zeros((len(samples), 0), np.float32), *meter.overhear(blocks)], axis=1)
    assert np.array_equal(passed, samples)
    return meter.sections()


def noise(seconds, level, rng, smoothing=1):
    samples = rng.standard_normal((2, round(seconds * RATE)))
    for _ in range(smoothing - 1):
        samples[:, 1:] = samples[:, 1:] + samples[:, :-1]
    return (level * samples / samples.std()).astype(np.float32)


@pytest.fixture
def song(rng):
    """A quiet verse, a loud chorus, a verse as loud but dull, and a short loud end."""
    parts = [noise(20, 0.03, rng), noise(25, 0.12, rng), noise(20, 0.1, rng, smoothing=8), noise(5, 0.3, rng)]
    return np.concatenate(parts, axis=1)


def test_boundaries_lie_where_level_or_tone_change(song):
    found = sections(song)
    assert [each.start_s for each in found] == pytest.approx([0, 20, 45, 65], abs=0.6)
    assert [each.end_s for each in found] == pytest.approx([20, 45, 65, 70], abs=0.6)
    assert all(before.end_s == after.start_s for before, after in pairwise(found))


def test_the_loudest_long_section_stands_for_the_song(song):
    found = sections(song)
    assert [each.is_best for each in found] == [False, True, False, False]
    assert found[3].lufs > found[1].lufs


def test_loudness_is_that_of_the_section_alone(song):
    best = next(each for each in sections(song) if each.is_best)
    meter = LoudnessMeter(RATE, 2)
    meter.update(song[:, 20 * RATE : 45 * RATE])
    assert best.lufs == pytest.approx(meter.loudness().integrated_lufs, abs=0.3)


def test_cuts_of_blocks_do_not_matter(song):
    assert sections(song, 777) == sections(song, RATE * 100)


@pytest.mark.parametrize("seconds", [0.2, 3, 30])
def test_what_does_not_change_is_one_section(rng, seconds):
    (only,) = sections(noise(seconds, 0.1, rng))
    assert only.is_best
    assert only.end_s == pytest.approx(seconds)


def test_silence_is_a_section_without_loudness_and_nothing_is_none():
    (silent,) = sections(np.zeros((1, 20 * RATE), np.float32))
    assert silent.to_dict() == {"start_s": 0.0, "end_s": 20.0, "lufs": None, "best": True}
    assert SectionMeter(RATE, 1).sections() == ()
