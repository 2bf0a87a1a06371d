"""The faults that mix advice is measured with are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.mix_faults import (
    BAND_DB,
    FAULTS,
    LEAN,
    SPILL_DB,
    bump_at,
    close_drum,
    drift,
    lean,
    one_side,
    with_spill,
)
from benchmarks.mix_masking import places, planted
from mixassist.dsp.decibels import power_to_db
from mixassist.suggest.rules.masking import find_masking, octaves_together
from tests.signals import music_like, noise, sine
from tests.suggest.made_tracks import made_channel, made_song

RATE = 22050


def level_db(samples):
    return float(power_to_db(np.mean(np.square(samples))))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_keeps_the_length_and_changes_the_sound(fault, rng):
    clean = noise(RATE, 1)
    damaged = fault.plant(clean, RATE, rng)
    assert damaged.shape[1] == clean.shape[1]
    assert not np.allclose(damaged, clean, atol=1e-3)


def test_a_bump_is_as_high_as_it_says(rng):
    tone = sine(500, RATE, RATE, 0.1)
    louder = bump_at(500.0)(tone, RATE, rng)
    assert level_db(louder[:, RATE // 2 :]) - level_db(tone) == pytest.approx(BAND_DB, abs=0.05)


def test_sides_lean_and_levels_drift_as_they_say(rng):
    sides = lean(noise(RATE, 1), RATE, rng)
    assert np.ptp([level_db(side) for side in sides]) == pytest.approx(-20 * np.log10(LEAN), abs=0.01)
    assert sorted(level_db(side) for side in one_side(noise(RATE, 1), RATE, rng))[0] == -120
    moved = drift(np.ones((1, 60 * RATE)), RATE, rng)
    assert 6 < np.ptp(20 * np.log10(moved)) <= 18


def test_spill_lies_below_the_hits():
    drum = close_drum(music_like(4.0, RATE)["drums"], RATE)
    spill = with_spill(drum, noise(len(drum), 1)[0], RATE) - drum
    hops = np.square(drum[: len(drum) // 220 * 220]).reshape(-1, 220).mean(axis=1)
    assert level_db(spill) - power_to_db(np.percentile(hops, 98)) == pytest.approx(SPILL_DB, abs=0.1)
    assert np.percentile(hops, 10) < 1e-6 * hops.max()


def test_planted_masking_covers_by_what_it_should():
    vocal = made_channel("vox", "lead vocal", [-90, -60, -40, -30, -22, -20, -25, -30, -40, -50], is_lead=True)
    guitar = made_channel("guitar", "clean electric guitar", [-90, -20, -10, -9, -14, -24, -40, -40, -50, -60])
    song = made_song(vocal, guitar)
    [place] = [each for each in places(song) if each[2] == 5]
    louder = planted(song, place, 7.0)
    covering, covered = octaves_together(louder.channels[1], louder.channels[0])
    assert covering[5] - covered[5] == pytest.approx(7.0, abs=0.1)
    assert [(each.masker, each.masked, each.hz) for each in find_masking(louder)] == [("guitar", "vox", 1000.0)]
