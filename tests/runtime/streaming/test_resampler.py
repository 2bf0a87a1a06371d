"""The stream's resampler, against what a change of rate is by definition, and against soxr."""

from itertools import permutations
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import windows

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.resample import resample
from mixassist.dsp.scores import null_db
from mixassist.runtime.streaming.plan import ORDINARY_RATES
from mixassist.runtime.streaming.resampler import PolyphaseResampler
from tests.signals import noise
from tests.tolerances import STREAM_ALIAS_DB, STREAM_RESAMPLED_DB

PAIRS = [(44100, 48000), (48000, 44100), (96000, 44100), (48000, 16000), (22050, 48000), (11025, 192000)]


def run(resampler, samples, cuts):
    return np.concatenate([resampler.process(block).copy() for block in np.split(samples, cuts, axis=1)], axis=1)


def at_once(rates, samples, extra_delay_samples=0.0):
    resampler = PolyphaseResampler(rates, len(samples), samples.shape[1], extra_delay_samples)
    return resampler.process(samples), resampler.delay_samples


def sine(frequency_hz, times_s):
    return np.sin(2 * np.pi * frequency_hz * times_s)


@pytest.mark.parametrize("rates", [*permutations(ORDINARY_RATES, 2)], ids=str)
def test_the_delay_is_what_is_declared_between_any_two_rates(rates):
    """A sine near the end of the pass band is, after the filter has filled, the same sine so much later."""
    rate_in, rate_out = rates
    frequency_hz, n_frames = 0.43 * min(rates), 64 * ceil(rate_in / min(rates)) + 200
    tone = sine(frequency_hz, np.arange(n_frames) / rate_in)[None].astype(np.float32)
    found, delay_samples = at_once(rates, tone, extra_delay_samples=0.37)
    n_filling = ceil((delay_samples + delay_samples) * rate_out / rate_in)
    expected = sine(frequency_hz, np.arange(found.shape[1]) / rate_out - delay_samples / rate_in)[None]
    assert found.shape[1] == ceil(n_frames * rate_out / rate_in)
    assert null_db(found[:, n_filling:], expected[:, n_filling:]) < STREAM_RESAMPLED_DB


@pytest.mark.parametrize("rates", PAIRS, ids=str)
def test_soxr_agrees_within_the_pass_band(rates):
    rate_in, rate_out = rates
    n_frames = 4 * rate_in // 100
    times_s = np.arange(n_frames) / rate_in
    burst = (windows.gaussian(n_frames, n_frames / 12) * sine(0.2 * min(rates), times_s))[None].astype(np.float32)
    found, delay_samples = at_once(rates, burst)
    reference = resample(AudioBuffer(burst, rate_in), rate_out).samples
    n_padded = 2 * reference.shape[1]
    turns = np.fft.rfftfreq(n_padded) * delay_samples * rate_out / rate_in
    late = np.fft.irfft(np.fft.rfft(reference, n_padded) * np.exp(-2j * np.pi * turns), n_padded)
    assert null_db(found, late[:, : found.shape[1]]) < STREAM_RESAMPLED_DB


@pytest.mark.parametrize(("rates", "frequency_hz"), [((48000, 16000), 8800), ((96000, 44100), 25000)])
def test_what_the_lower_rate_cannot_hold_is_gone(rates, frequency_hz):
    tone = sine(frequency_hz, np.arange(4800) / rates[0])[None].astype(np.float32)
    found, _ = at_once(rates, tone)
    assert 20 * np.log10(np.abs(found[:, 200:]).max()) < STREAM_ALIAS_DB


@given(st.sampled_from(PAIRS), st.lists(st.integers(0, 900), max_size=20))
def test_cuts_leave_no_trace(rates, cuts):
    samples = noise(900)
    whole, _ = at_once(rates, samples)
    resampler = PolyphaseResampler(rates, n_channels=2, n_max=900)
    for _ in range(2):
        np.testing.assert_array_equal(run(resampler, samples, sorted(cuts)), whole)
        resampler.reset()


def test_a_constant_stays_constant():
    found, _ = at_once((44100, 48000), np.ones((1, 2000), dtype=np.float32))
    np.testing.assert_allclose(found[:, 100:], 1, atol=1e-6)
