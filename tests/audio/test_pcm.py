from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixassist.audio.pcm import N_CACHED_FRAMES, dequantize, quantize
from tests.signals import noise, random_grid, sine
from tests.tolerances import DITHER_MEAN_LSB, DITHER_VARIANCE_LSB2


@pytest.mark.parametrize("n_bits", [16, 24])
def test_samples_on_the_grid_pass_untouched(n_bits: int) -> None:
    samples = random_grid(50_000, n_bits)
    integers = quantize(samples, n_bits, np.random.default_rng(0))
    np.testing.assert_array_equal(integers, (samples * 2.0 ** (n_bits - 1)).astype(np.int64))
    np.testing.assert_array_equal(dequantize(integers, n_bits), samples)


def test_silence_stays_silent() -> None:
    assert not quantize(np.zeros((2, 1000), dtype=np.float32), 16, np.random.default_rng(0)).any()


@pytest.mark.parametrize("n_bits", [16, 24])
def test_samples_beyond_full_scale_are_clipped_there(n_bits: int) -> None:
    samples = np.array([[1.0, 1.5, -1.0, -1.5, 3e38]], dtype=np.float32)
    top = 2 ** (n_bits - 1) - 1
    integers = quantize(samples, n_bits, np.random.default_rng(0))
    assert integers.tolist() == [[top, top, -top - 1, -top - 1, top]]


@given(cuts=st.lists(st.integers(0, 3 * N_CACHED_FRAMES), max_size=6), n_channels=st.integers(1, 3))
def test_the_noise_of_a_frame_does_not_depend_on_the_cuts(cuts: list[int], n_channels: int) -> None:
    samples = noise(2 * N_CACHED_FRAMES + 17, n_channels)
    rng = np.random.default_rng(5)
    parts = [quantize(part, 16, rng) for part in np.split(samples, sorted(cuts), axis=1)]
    np.testing.assert_array_equal(np.concatenate(parts, axis=1), quantize(samples, 16, np.random.default_rng(5)))


@pytest.mark.parametrize("level_lsb", [0.1, 0.25, 0.5, 0.9, 100.3])
def test_mean_and_variance_of_the_error_do_not_depend_on_the_signal(level_lsb: float) -> None:
    """TPDF dither: the mean error is 0, its variance 1/12 + 2/12 = 1/4 LSB² (Lipshitz et al. 1992, section 4.3)."""
    samples = np.full((1, 400_000), level_lsb / 32768, dtype=np.float32)
    error_lsb = quantize(samples, 16, np.random.default_rng(1)) - level_lsb
    assert error_lsb.mean() == pytest.approx(0, abs=DITHER_MEAN_LSB)
    assert error_lsb.var() == pytest.approx(0.25, abs=DITHER_VARIANCE_LSB2)


def test_a_tone_below_one_step_survives() -> None:
    """Rounding alone would leave silence of a sine of 0.4 LSB; dither keeps it at its own level."""
    tone = sine(441.0, 441_000, 44_100, amplitude=0.4 / 32768)
    integers = quantize(tone, 16, np.random.default_rng(2))
    reference = tone[0].astype(np.float64) * 32768
    gain = float(integers[0] @ reference / (reference @ reference))
    assert gain == pytest.approx(1.0, abs=DITHER_MEAN_LSB / 0.4 * 2)
