from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixassist.audio.buffer import AudioBuffer, Samples
from mixassist.audio.resample import StreamResampler, n_resampled, resample
from tests.signals import impulses, noise, sine
from tests.tolerances import RESAMPLED_SINE_DB, RESAMPLER_CUT_DB

RATES = [(44_100, 48_000), (48_000, 44_100), (192_000, 44_100), (8_000, 44_100), (44_100, 44_101), (44_100, 44_100)]


def in_blocks(samples: Samples, rate_in: int, rate_out: int, cuts: list[int]) -> Samples:
    resampler = StreamResampler(samples.shape[0], rate_in, rate_out)
    parts = [resampler.process(part) for part in np.split(samples, sorted(cuts), axis=1)]
    return np.concatenate([*parts, resampler.flush()], axis=1)


def level_db(difference: Samples, reference: Samples) -> float:
    energy = np.sum(np.square(difference, dtype=np.float64)) + 1e-300
    return float(10 * np.log10(energy / np.sum(np.square(reference, dtype=np.float64))))


@pytest.mark.parametrize(("rate_in", "rate_out"), RATES)
@pytest.mark.parametrize("n_frames", [1, 2, 3, 1000, 44_100, 50_021])
def test_the_frame_count_is_the_rounded_ratio(rate_in: int, rate_out: int, n_frames: int) -> None:
    result = resample(AudioBuffer(noise(n_frames), rate_in), rate_out)
    exact = n_frames * rate_out / rate_in
    assert result.rate == rate_out
    assert result.n_frames == max(1, int(np.floor(exact + 0.5))) == n_resampled(n_frames, rate_in, rate_out)


@settings(max_examples=30)
@given(rates=st.sampled_from(RATES), cuts=st.lists(st.integers(0, 6000), max_size=8))
def test_any_cut_gives_the_same_samples(rates: tuple[int, int], cuts: list[int]) -> None:
    samples = noise(6000)
    whole = in_blocks(samples, *rates, cuts=[])
    pieces = in_blocks(samples, *rates, cuts=cuts)
    assert pieces.shape == whole.shape
    assert level_db(pieces - whole, whole) <= RESAMPLER_CUT_DB


def test_equal_rates_pass_through_untouched() -> None:
    buffer = AudioBuffer(noise(100), 44_100)
    assert resample(buffer, 44_100) is buffer
    np.testing.assert_array_equal(in_blocks(buffer.samples, 44_100, 44_100, [7, 30]), buffer.samples)


@pytest.mark.parametrize(("rate_in", "rate_out"), [(44_100, 48_000), (48_000, 44_100), (96_000, 48_000)])
def test_an_impulse_stays_at_its_time(rate_in: int, rate_out: int) -> None:
    samples = impulses([rate_in // 10], rate_in // 5)
    result = resample(AudioBuffer(samples, rate_in), rate_out).samples[0]
    peak = int(np.abs(result).argmax())
    assert peak == rate_out // 10
    # Linear phase: what lies before the peak mirrors what comes after.
    np.testing.assert_allclose(result[peak - 200 : peak], result[peak + 200 : peak : -1], atol=1e-6)


@pytest.mark.parametrize(("rate_in", "rate_out"), [(44_100, 48_000), (48_000, 44_100), (192_000, 44_100)])
def test_a_sine_keeps_its_phase_and_level(rate_in: int, rate_out: int) -> None:
    result = resample(AudioBuffer(sine(997.0, rate_in, rate_in), rate_in), rate_out).samples
    truth = sine(997.0, rate_out, rate_out)
    inner = slice(rate_out // 10, -rate_out // 10)
    assert level_db(result[:, inner] - truth[:, inner], truth[:, inner]) <= RESAMPLED_SINE_DB


def test_the_ends_of_a_constant_hold_no_garbage() -> None:
    result = resample(AudioBuffer(np.full((1, 4410), 0.5, dtype=np.float32), 44_100), 48_000).samples
    assert np.isfinite(result).all()
    assert np.abs(result).max() < 0.6


def test_no_frames_in_no_frames_out() -> None:
    assert in_blocks(np.zeros((2, 0), dtype=np.float32), 44_100, 48_000, []).shape == (2, 0)
