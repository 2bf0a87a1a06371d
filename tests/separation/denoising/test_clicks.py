import numpy as np
import pytest

from mixassist import AudioBuffer
from mixassist.dsp.scores import si_sdr
from separation.denoising import DenoiseOptions, denoise
from separation.denoising.click_finding import find_clicks
from separation.denoising.clicks import ClickStream
from tests.signals import music_like, noise
from tests.tolerances import CLICKS_ARE_LESS_DB, DRY_IS_LEFT_DB

RATE = 22050


def click_less(sound):
    return denoise(AudioBuffer(sound, RATE), DenoiseOptions(kinds=("clicks",))).clean.samples


def melody(n_channels=2):
    stems = music_like(3.0, RATE)
    return (stems["bass"] + stems["other"] + stems["vocals"])[:n_channels] + noise(3 * RATE, n_channels, 1e-4)


def clicks(n_channels=2, seed=3):
    """Ten clicks a second of up to half a millisecond, in each channel its own."""
    rng = np.random.default_rng(seed)
    sound = np.zeros((n_channels, 3 * RATE), "float32")
    for channel in sound:
        for first in rng.integers(0, 3 * RATE - 20, 30):
            age = np.arange(rng.integers(2, 11))
            channel[first : first + age.size] += rng.choice([-1, 1]) * rng.uniform(0.1, 0.6) * np.exp(-age / 3)
    return sound


@pytest.mark.parametrize("n_channels", [1, 2])
def test_clicks_go(n_channels):
    clean = melody(n_channels)
    heard = clean + clicks(n_channels)
    assert si_sdr(clean, click_less(heard)) > si_sdr(clean, heard) + CLICKS_ARE_LESS_DB


def test_hardly_anything_is_taken_where_no_click_is():
    clean, disturbed = melody(), clicks()
    taken = clean + disturbed - click_less(clean + disturbed)
    is_near = np.apply_along_axis(lambda row: np.convolve(row != 0, np.ones(161), "same") > 0, 1, disturbed)
    assert np.sum(taken[~is_near] ** 2) < 0.015 * np.sum(disturbed**2)
    assert si_sdr(clean, click_less(clean)) > DRY_IS_LEFT_DB + 15


def test_drums_are_no_clicks():
    drums = music_like(3.0, RATE)["drums"]
    np.testing.assert_array_equal(click_less(drums), drums)


def test_they_are_counted():
    stream = ClickStream(RATE, 1)
    heard = melody(1)
    heard[0, 5000:60000:5000] += 0.5
    stream.process(heard)
    stream.finish()
    assert stream.n_clicks == pytest.approx(11, abs=2)  # the melody's own kinks are two more


def test_silence_and_what_is_loud_all_along_hold_no_click():
    assert not find_clicks(np.zeros(4000), RATE).any()
    assert not find_clicks(np.random.default_rng(0).standard_normal(4000), RATE).any()


def test_a_peak_is_found_as_far_as_it_reaches():
    unforeseen = 0.01 * np.random.default_rng(0).standard_normal(4000)
    unforeseen[2000:2010] = 1
    found = np.flatnonzero(find_clicks(unforeseen, RATE))
    assert 1990 <= found[0] <= 2000
    assert 2009 <= found[-1] <= 2020
