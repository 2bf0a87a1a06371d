import numpy as np
import pytest

from mixassist import AudioBuffer
from mixassist.dsp.scores import si_sdr
from separation.denoising import DenoiseOptions, denoise
from separation.denoising.hiss import HissStream, hiss_grid
from separation.denoising.noise_floor import NoiseFloor, band_edges
from separation.denoising.wiener import LEAST_GAIN, N_AHEAD, WienerGains
from tests.signals import noise
from tests.tolerances import DRY_IS_LEFT_DB, FLOOR_DB, HISS_IS_LESS_DB

RATE = 8000


def hiss_less(sound):
    return denoise(AudioBuffer(sound, RATE), DenoiseOptions(kinds=("hiss",))).clean.samples


def notes(seconds, n_channels=1):
    """Plucked notes of random pitch, three a second, that ring on until they are 60 dB down."""
    rng = np.random.default_rng(1)
    time_s = np.arange(round(seconds * RATE)) / RATE
    sound = np.zeros(time_s.size)
    for onset_s in np.arange(0, seconds, 0.35):
        age_s = np.maximum(time_s - onset_s, 0)
        pitch_hz = 220 * 2 ** (rng.integers(0, 24) / 12)
        sound += (time_s >= onset_s) * np.exp(-age_s / 0.06) * np.sin(2 * np.pi * pitch_hz * age_s)
    return np.tile(0.2 * sound, (n_channels, 1)).astype("float32")


def chi_squared(n_bins, n_frames, mean, seed=0):
    """Powers [F, K] of noise, each frame on its own."""
    return (mean * np.random.default_rng(seed).exponential(size=(n_bins, n_frames))).astype("float32")


@pytest.mark.parametrize("n_channels", [1, 2])
def test_the_floor_of_noise_is_its_power(n_channels):
    heard = HissStream(RATE, n_channels)
    heard.process(noise(8 * RATE, n_channels, 0.01))
    heard.finish()
    assert heard.floor_dbfs == pytest.approx(-40, abs=FLOOR_DB)


def test_before_something_was_heard_there_is_no_floor():
    floor = NoiseFloor(65, 20, 40)
    floor.add(chi_squared(65, 20, 1.0))
    assert not floor.power().any()


def test_what_decays_has_no_floor():
    floor = NoiseFloor(65, 20, 40)
    decay = 10 ** (-0.3 * (np.arange(400) % 40))
    floor.add(chi_squared(65, 400, 1.0) * decay.astype("float32"))
    assert not floor.power().any()


def test_a_tone_that_never_changes_is_no_floor():
    floor = NoiseFloor(65, 20, 40)
    power = chi_squared(65, 400, 1e-4)
    power[20:24] = 1.0
    floor.add(power)
    assert floor.power()[20:24].max() < 0.05
    assert floor.power()[40:].all()


def test_a_note_that_goes_on_is_no_part_of_the_floor():
    floor = NoiseFloor(65, 20, 40)
    power = chi_squared(65, 400, 1.0)
    power[30:34] *= 1000
    floor.add(power)
    assert floor.power()[30:34].max() < 10
    assert np.median(floor.power()[40:]) == pytest.approx(1, rel=0.3)


def test_gaps_between_partials_are_no_floor():
    floor = NoiseFloor(65, 20, 40)
    power = chi_squared(65, 400, 1.0)
    power[::2] *= 30
    floor.add(power)
    assert not floor.power()[20:].any()


def test_silence_between_sounds_does_not_hide_the_floor():
    floor = NoiseFloor(65, 20, 40)
    power = chi_squared(65, 400, 1.0)
    power[:, 100:180] = 0
    floor.add(power)
    assert 10 * np.log10(np.median(floor.power())) == pytest.approx(0, abs=2 * FLOOR_DB)


def test_bands_cover_all_bins_but_the_first():
    edges = band_edges(2049)
    assert (edges[0], edges[-1]) == (1, 2049)
    assert (np.diff(edges) > 0).all()


def test_without_noise_nothing_is_taken_and_with_nothing_else_nearly_all():
    power = chi_squared(30, 40 + N_AHEAD, 1.0)
    np.testing.assert_array_equal(WienerGains(30).process(power, np.zeros(30, "float32"), 40), 1)
    assert np.median(WienerGains(30).process(power, np.ones(30, "float32"), 40)) < 1.5 * LEAST_GAIN
    assert WienerGains(30).process(1e4 * power, np.ones(30, "float32"), 40).mean() > 0.95


@pytest.mark.parametrize("n_channels", [1, 2])
def test_hiss_becomes_less_under_notes(n_channels):
    clean = notes(8, n_channels)
    heard = clean + noise(clean.shape[1], n_channels, 0.01)
    assert si_sdr(clean, hiss_less(heard)) > si_sdr(clean, heard) + HISS_IS_LESS_DB


def test_notes_without_hiss_are_left_alone():
    clean = notes(8)
    assert si_sdr(clean, hiss_less(clean)) > DRY_IS_LEFT_DB


@pytest.mark.parametrize(("rate", "n_fft"), [(8000, 1024), (44100, 4096), (48000, 4096), (96000, 8192)])
def test_frames_are_about_as_long_at_any_rate(rate, n_fft):
    assert hiss_grid(rate).n_fft == n_fft
