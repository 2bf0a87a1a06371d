"""Filters that need no scipy, against scipy."""

import numpy as np
import pytest
import scipy.fft
import scipy.signal

from mixassist.dsp.filter_design import (
    fast_length,
    gain_at,
    high_pass,
    low_pass_taps,
    made_digital,
    symmetric_hann,
)
from mixassist.dsp.recursive_filter import RecursiveFilter

EXACT = {"rtol": 0, "atol": 1e-12}


def test_designs_are_those_of_scipy():
    np.testing.assert_allclose(symmetric_hann(33), scipy.signal.windows.hann(33), **EXACT)
    np.testing.assert_allclose(low_pass_taps(33, 5000, 48000), scipy.signal.firwin(33, 5000, fs=48000), **EXACT)
    for found, wanted in zip(high_pass(35, 24000), scipy.signal.butter(2, 35, "highpass", fs=24000), strict=True):
        np.testing.assert_allclose(found, wanted, **EXACT)


def test_an_analogue_filter_becomes_the_one_of_scipy():
    zeros, poles = np.zeros(2), np.array([-100.0, -700.0, -9000.0])
    found = made_digital(zeros, poles, 48000)
    wanted = scipy.signal.zpk2tf(*scipy.signal.bilinear_zpk(zeros, poles, 1.0, 48000))
    for mine, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-16)
    _, answer = scipy.signal.freqz(*wanted, [1000.0], fs=48000)
    assert gain_at(*found, 1000, 48000) == pytest.approx(abs(answer[0]), rel=1e-9)


@pytest.mark.parametrize("n_frames", [1, 4, 128])
def test_a_recursive_filter_is_the_one_of_scipy_however_it_is_cut(n_frames):
    samples = np.random.default_rng(0).standard_normal(20 * n_frames)
    design = high_pass(35, 24000)
    stream = RecursiveFilter(*design, n_frames)
    heard = [stream.process(piece) for piece in np.split(samples, [3 * n_frames, 4 * n_frames])]
    np.testing.assert_allclose(np.concatenate(heard), scipy.signal.lfilter(*design, samples), **EXACT)
    stream.reset()
    np.testing.assert_array_equal(stream.process(samples[: 3 * n_frames]), heard[0])


def test_fast_lengths_are_those_of_scipy():
    for n_frames in (1, 7, 1031, 4097):
        assert fast_length(n_frames) == scipy.fft.next_fast_len(n_frames, real=True)
