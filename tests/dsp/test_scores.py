from __future__ import annotations

import math

import numpy as np
import pytest

from mixassist.dsp.scores import esr, framewise_sdr, median_sdr, null_db, sdr, si_sdr
from mixassist.errors import AudioError
from tests.tolerances import SCORE_DB

RATE = 1000


def orthogonal_pair(n_samples: int = RATE) -> tuple[np.ndarray, np.ndarray]:
    """Two stereo sines of whole periods, [2, T]: equal energy, orthogonal over any whole number of seconds."""
    time_s = np.arange(n_samples) / RATE
    left, right = (np.sin(2 * np.pi * hz * time_s) for hz in (40, 90))
    return np.stack([left, right]), np.stack([right, left])


def four_stems() -> tuple[np.ndarray, np.ndarray]:
    """Four stems and estimates with bleed, [4, 2, T], 3.5 s of sines: the numbers below can be had again anywhere."""
    time_s = np.arange(int(3.5 * RATE)) / RATE
    hz = np.array([[31.0, 47.0], [101.0, 73.0], [203.0, 151.0], [307.0, 401.0]])
    reference = np.sin(2 * np.pi * hz[..., None] * time_s + np.arange(4)[:, None, None]) * (1 + time_s)
    reference[1, :, RATE : 2 * RATE] = 0
    bleed = np.array([0.1, 0.2, 0.4, 0.8])[:, None, None] * (1 + time_s)
    return reference, 0.9 * reference + bleed * reference[::-1]


@pytest.mark.parametrize("error_db", [-100, -20, 0, 6])
def test_sdr_and_null_and_esr_read_a_known_error(error_db: float) -> None:
    signal, noise = orthogonal_pair()
    estimate = signal + 10 ** (error_db / 20) * noise
    assert sdr(signal, estimate) == pytest.approx(-error_db, abs=SCORE_DB)
    assert null_db(estimate, signal) == pytest.approx(error_db, abs=SCORE_DB)
    assert esr(signal, estimate) == pytest.approx(10 ** (error_db / 10))


def test_si_sdr_ignores_gain_and_polarity_and_sdr_does_not() -> None:
    signal, noise = orthogonal_pair()
    for gain in (0.1, -1.0, 30.0):
        assert si_sdr(signal, gain * (signal + 0.1 * noise)) == pytest.approx(20, abs=SCORE_DB)
    assert sdr(signal, 0.1 * signal) == pytest.approx(-20 * math.log10(0.9), abs=SCORE_DB)


def test_channels_are_one_vector() -> None:
    signal, _ = orthogonal_pair()
    only_left = signal * np.array([[1.0], [0.0]])
    assert sdr(signal, only_left) == pytest.approx(10 * math.log10(2), abs=SCORE_DB)


def test_edges_are_infinite_or_undefined() -> None:
    signal, _ = orthogonal_pair()
    silence = np.zeros_like(signal)
    assert sdr(signal, signal) == math.inf
    assert null_db(signal, signal) == -math.inf
    assert null_db(signal, silence) == math.inf
    assert sdr(signal, silence) == 0
    assert math.isnan(sdr(silence, silence))
    assert math.isnan(si_sdr(silence, signal))
    with pytest.raises(AudioError, match="reference is silent"):
        esr(silence, signal)


def test_float32_is_summed_in_float64() -> None:
    ones = np.ones((1, 2**25), dtype=np.float32)  # a float32 sum of these stops at 2**24
    assert esr(ones, np.float32(0.5) * ones) == 0.25
    assert sdr(ones, np.zeros_like(ones)) == 0


def test_framewise_sdr_equals_museval() -> None:
    # museval 0.4.1, metrics.bss_eval(reference, estimate, window=1000, hop=1000, filters_len=512), its SDR.
    expected = [
        [14.369824387757, np.nan, 8.64463377936],
        [9.346178378686, np.nan, 2.868603602865],
        [3.626960326783, np.nan, -3.082652197908],
        [-2.332091500491, np.nan, -9.093488559911],
    ]
    reference, estimate = four_stems()
    np.testing.assert_allclose(framewise_sdr(reference, estimate, RATE), expected, atol=SCORE_DB)


def test_framewise_sdr_is_sdr_of_each_frame() -> None:
    reference, estimate = four_stems()
    frames = framewise_sdr(reference, estimate, RATE)
    assert frames.shape == (4, 3)
    for index in (0, 2):
        cut = slice(index * RATE, (index + 1) * RATE)
        expected = [sdr(r, e) for r, e in zip(reference[..., cut], estimate[..., cut], strict=True)]
        np.testing.assert_allclose(frames[:, index], expected, atol=SCORE_DB)
    assert np.isnan(frames[:, 1]).all(), "one silent stem takes the frame from all"


def test_a_song_shorter_than_a_frame_is_one_frame() -> None:
    signal, noise = orthogonal_pair(RATE // 2)
    frames = framewise_sdr(signal[None], (signal + 0.1 * noise)[None], RATE)
    np.testing.assert_allclose(frames, [[20.0]], atol=SCORE_DB)


def test_median_sdr_skips_what_cannot_be_judged() -> None:
    signal, noise = orthogonal_pair(5 * RATE)
    error_db = np.repeat([-10.0, -50.0, -20.0, -30.0, 0.0], RATE)
    estimate = signal + 10 ** (error_db / 20) * noise
    estimate[:, 4 * RATE :] = 0
    np.testing.assert_allclose(median_sdr(signal[None], estimate[None], RATE), [25.0], atol=SCORE_DB)
    assert np.isnan(median_sdr(0 * signal[None], estimate[None], RATE)).all()


def test_different_lengths_are_refused() -> None:
    for score in (sdr, si_sdr, esr, null_db):
        with pytest.raises(AudioError, match=r"\(2, 1000\) and \(2, 999\) cannot be compared"):
            score(np.zeros((2, 1000)), np.zeros((2, 999)))
