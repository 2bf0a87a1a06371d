"""Levels, dynamics, long-term spectrum and stereo, each against its definition."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

from mixassist.dsp.decibels import FLOOR_DB, power_to_db
from mixassist.dsp.dynamics import LevelMeter, plr_db, psr_db
from mixassist.dsp.hops import HopTrack, hop_starts
from mixassist.dsp.long_term_spectrum import SpectrumMeter
from mixassist.dsp.loudness import LoudnessMeter
from mixassist.dsp.stereo import stereo_image
from mixassist.dsp.third_octaves import NOMINAL_HZ, third_octave_edges, third_octave_powers
from mixassist.dsp.true_peak import TruePeakMeter
from tests.signals import noise, sine
from tests.tolerances import CORRELATION, THIRD_OCTAVE_DB, WELCH_DB

RATE = 44100


def run(meter, samples, cuts=()):
    for block in np.split(samples, cuts, axis=1):
        meter.update(block)
    return meter


def spectrum_of(samples, cuts=(), rate=RATE):
    return run(SpectrumMeter(rate, len(samples)), samples, cuts).spectrum()


@pytest.mark.parametrize("rate", [8000, 11025, 44100])
def test_hops_are_sums_between_their_starts(rate, rng):
    values = rng.random((2, 3 * rate + 17))
    track = run(HopTrack(rate, 2, np.add), values, [1, 2, 50, *np.sort(rng.integers(50, 3 * rate, 40))])
    starts = hop_starts(300, rate)
    assert track.hops == pytest.approx(np.add.reduceat(values, starts, axis=1)[:, :300])


def test_levels_of_a_sine():
    levels = run(LevelMeter(RATE, 2), sine(441, RATE, RATE, 0.5, 2) * np.array([[1], [0.5]], np.float32)).levels()
    assert levels.sample_peak_dbfs == pytest.approx(-6.02, abs=0.01)
    assert levels.rms_dbfs == pytest.approx(10 * np.log10((0.125 + 0.03125) / 2))
    assert levels.crest_db == pytest.approx(levels.sample_peak_dbfs - levels.rms_dbfs)
    assert levels.balance_db == pytest.approx(6.02, abs=0.01)
    assert levels.dc == pytest.approx((0, 0), abs=1e-9)


def test_the_noise_floor_is_that_of_the_rests():
    samples = sine(441, 4 * RATE, RATE, 0.5, 2)
    samples[:, RATE : 2 * RATE] = noise(RATE, amplitude=10 ** (-60 / 20))
    samples[:, 2 * RATE : 3 * RATE] = 0
    levels = run(LevelMeter(RATE, 2), samples).levels()
    assert levels.noise_floor_dbfs == pytest.approx(-60, abs=1)


def test_silence_has_levels():
    levels = run(LevelMeter(RATE, 2), np.zeros((2, RATE), np.float32)).levels()
    assert (levels.sample_peak_dbfs, levels.rms_dbfs) == (FLOOR_DB, FLOOR_DB)
    assert (levels.noise_floor_dbfs, levels.balance_db) == (None, None)


def test_peak_to_loudness_of_a_tone():
    """A sine in both channels at 1 kHz measures its peak level in LUFS: PLR and PSR are 0."""
    samples = sine(1000, 5 * RATE, RATE, 0.1, 2)
    peaks = run(TruePeakMeter(RATE, 2), samples)
    loudness = run(LoudnessMeter(RATE, 2), samples).loudness()
    assert plr_db(20 * np.log10(peaks.peak), loudness) == pytest.approx(0, abs=0.1)
    psr = psr_db(peaks.hop_peaks, loudness)
    assert len(psr) == 21
    assert psr == pytest.approx(np.zeros(21), abs=0.1)


def test_the_fade_does_not_count():
    samples = sine(1000, 10 * RATE, RATE, 0.1, 2)
    samples[:, 5 * RATE :] *= 0.005
    loudness = run(LoudnessMeter(RATE, 2), samples).loudness()
    assert np.isnan(psr_db(run(TruePeakMeter(RATE, 2), samples).hop_peaks, loudness)[-1])


def test_the_spectrum_is_welchs(rng):
    samples = noise(5 * RATE)
    samples[1] += samples[0]
    measured = spectrum_of(samples, np.sort(rng.integers(0, 5 * RATE, 30)))
    n_fft = 2 * (len(measured.cross) - 1)
    options = {"fs": RATE, "window": "hann", "nperseg": n_fft, "detrend": False, "scaling": "density"}
    expected = scipy.signal.welch(samples.astype(float), **options)[1] * measured.bin_hz
    cross = scipy.signal.csd(*samples.astype(float), **options)[1].real * measured.bin_hz
    assert power_to_db(measured.powers) == pytest.approx(power_to_db(expected), abs=WELCH_DB)
    assert measured.cross == pytest.approx(cross, abs=1e-4 * np.abs(cross).max())


@pytest.mark.parametrize("n_frames", [1, 100, 9000, 16384, 100000])
def test_bins_sum_to_the_mean_square(n_frames):
    samples = np.full((1, n_frames), 0.5, np.float32)
    assert spectrum_of(samples).powers.sum() == pytest.approx(0.25, rel=1e-3)


def test_third_octaves_of_a_tone_and_of_noise():
    tone = third_octave_powers(spectrum_of(sine(1000, 2 * RATE, RATE, 1.0)).powers, RATE / 16384)[0]
    assert NOMINAL_HZ[tone.argmax()] == 1000
    assert 10 * np.log10(tone.max()) == pytest.approx(-3.01, abs=0.05)
    white = spectrum_of(noise(20 * RATE, 1))
    bands = third_octave_powers(white.powers, white.bin_hz)[0]
    expected = 0.01 * np.diff(third_octave_edges()) / (RATE / 2)
    assert 10 * np.log10(bands[10:-1] / expected[10:-1]) == pytest.approx(0, abs=THIRD_OCTAVE_DB)


def test_bands_above_the_file_are_empty():
    measured = spectrum_of(noise(8000, 1), rate=8000)
    bands = third_octave_powers(measured.powers, measured.bin_hz)[0]
    assert (bands[third_octave_edges()[:-1] > 4000] == 0).all()
    assert bands.sum() == pytest.approx(0.01, rel=0.1)


def test_correlation_and_width():
    first, second = noise(10 * RATE)
    same, other = 0.8, 0.6
    image = stereo_image(spectrum_of(np.stack([first, same * first + other * second])))
    assert image.correlation == pytest.approx(same, abs=CORRELATION)
    mid, side = np.std(first * (1 + same) + other * second), np.std(first * (1 - same) - other * second)
    assert image.width_db == pytest.approx(20 * np.log10(side / mid), abs=0.1)
    for band in image.bands[3:]:
        assert band.correlation == pytest.approx(same, abs=3 * CORRELATION)


def test_mono_opposite_and_one_sided_songs():
    wave = noise(RATE, 1)[0]
    mono = stereo_image(spectrum_of(np.stack([wave, wave])))
    assert mono.correlation == pytest.approx(1)
    assert mono.width_db < -90
    opposite = stereo_image(spectrum_of(np.stack([wave, -wave])))
    assert opposite.correlation == pytest.approx(-1)
    assert opposite.width_db > 90
    one_sided = stereo_image(spectrum_of(np.stack([wave, 0 * wave])))
    assert (one_sided.width_db, one_sided.correlation) == (pytest.approx(0), None)
    assert stereo_image(spectrum_of(np.zeros((2, RATE), np.float32))).width_db is None
