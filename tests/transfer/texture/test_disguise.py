import numpy as np
import pytest

from mixassist.dsp.scores import null_db
from tests.tolerances import FRAMES_JOINED_DB, LOUDNESS_KEPT_DB
from transfer.controls import controls_of
from transfer.texture.design import RATE
from transfer.texture.disguise import DisguiseOptions, disguise, shift_phases

PLAIN = DisguiseOptions(range_db=0, tilt_db=0, drive_chance=0, noise_chance=0)


@pytest.fixture
def sound(rng):
    time_s = np.arange(24000) / 48000
    swell = 0.1 + np.sin(np.pi * time_s / time_s[-1])
    partials = sum(np.sin(2 * np.pi * 330 * k * time_s) / k for k in range(1, 12))
    return (0.1 * swell * partials + 0.001 * rng.standard_normal(24000)).astype(np.float32)


def test_without_a_change_it_is_the_same_sound(sound, rng):
    assert null_db(disguise(sound, rng, PLAIN)[None], sound[None]) < FRAMES_JOINED_DB


def test_the_spectrum_changes_and_loudness_stays(sound, rng):
    hidden = [disguise(sound, rng, DisguiseOptions(drive_chance=0, noise_chance=0, wander_chance=0)) for _ in range(3)]
    assert max(null_db(each[None], sound[None]) for each in hidden) > -20
    before, *after = (np.median(controls_of(each[None], RATE).loudness_db) for each in (sound, *hidden))
    assert np.abs(after - before).max() < LOUDNESS_KEPT_DB


def test_the_same_draw_gives_the_same_disguise(sound):
    first, again = (disguise(sound, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_shifted_phases_leave_the_spectrum_as_it_was(sound, rng):
    shifted = shift_phases(sound, rng)
    assert null_db(shifted[None], sound[None]) > -20
    before, after = (np.abs(np.fft.rfft(each)) for each in (sound, shifted))
    np.testing.assert_allclose(after, before, atol=1e-3 * before.max())
