"""The partitioned convolution against scipy's, for any cut."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

from mixassist.dsp.partitioned_convolution import PartitionedConvolution
from mixassist.errors import AudioError
from tests.tolerances import CONVOLVED_DB


def convolved(convolution: PartitionedConvolution, x: np.ndarray, cuts: list[int]) -> np.ndarray:
    blocks = np.split(x, cuts, axis=1)
    outs = [np.empty_like(block) for block in blocks]
    for block, out in zip(blocks, outs, strict=True):
        convolution.process(block, out)
    return np.concatenate(outs, axis=1)


def decaying(n_taps: int) -> np.ndarray:
    """A response like a room's: noise that falls by 60 dB."""
    noise = np.random.default_rng(1).standard_normal(n_taps)
    return (noise * 10 ** (-3 * np.arange(n_taps) / n_taps)).astype(np.float32)


def take(n_frames: int, n_channels: int = 2) -> np.ndarray:
    return np.random.default_rng(2).standard_normal((n_channels, n_frames)).astype(np.float32)


def distance_db(found: np.ndarray, expected: np.ndarray) -> float:
    """Of the worst sample, against the highest."""
    return float(20 * np.log10(np.abs(found - expected).max() / np.abs(expected).max() + 1e-30))


def whole(response: np.ndarray, x: np.ndarray) -> np.ndarray:
    return np.stack([scipy.signal.fftconvolve(channel.astype(float), response) for channel in x])[:, : x.shape[1]]


@pytest.mark.parametrize("block", [1, 17, 64, 65, 512, 3001])
@pytest.mark.parametrize("n_taps", [1, 64, 65, 1900])
def test_any_block_gives_the_whole_convolution(block, n_taps):
    response, x = decaying(n_taps), take(3001)
    found = convolved(PartitionedConvolution(response, 2, 64), x, list(range(block, 3001, block)))
    assert distance_db(found, whole(response, x)) < CONVOLVED_DB


@settings(max_examples=20)
@given(st.lists(st.integers(0, 1500), max_size=12).map(sorted), st.integers(1, 300))
def test_any_cut_gives_the_whole_convolution(cuts, n_partition):
    response, x = decaying(700), take(1500, 1)
    found = convolved(PartitionedConvolution(response, 1, n_partition), x, cuts)
    assert distance_db(found, whole(response, x)) < CONVOLVED_DB


def test_half_a_second_in_short_blocks():
    response, x = decaying(24000), take(30000, 1)
    found = convolved(PartitionedConvolution(response, 1, 64), x, list(range(64, 30000, 64)))
    assert distance_db(found, whole(response, x)) < CONVOLVED_DB


def test_an_impulse_comes_out_at_once_and_once():
    response = decaying(200)
    x = np.zeros((1, 1000), np.float32)
    x[0, 3] = 1
    found = convolved(PartitionedConvolution(response, 1, 64), x, list(range(64, 1000, 64)))[0]
    np.testing.assert_allclose(found[3:203], response, atol=1e-6)
    np.testing.assert_allclose(found[:3], 0, atol=1e-6)
    np.testing.assert_allclose(found[203:], 0, atol=1e-6)


def test_a_block_may_be_written_over():
    response, x = decaying(300), take(128)
    expected = whole(response, x)
    convolution = PartitionedConvolution(response, 2, 64)
    convolution.process(x, x)
    assert distance_db(x, expected) < CONVOLVED_DB


def test_reset_forgets_everything():
    convolution = PartitionedConvolution(decaying(300), 2, 64)
    x = take(100)
    first = convolved(convolution, x, [])
    convolution.reset()
    np.testing.assert_array_equal(convolved(convolution, x, []), first)


def test_silence_stays_silence():
    convolution = PartitionedConvolution(decaying(300), 1, 64)
    assert not convolved(convolution, np.zeros((1, 500), np.float32), [64, 300]).any()


def test_a_response_without_samples_is_refused():
    with pytest.raises(AudioError, match="has no samples"):
        PartitionedConvolution(np.zeros(0, np.float32), 1, 64)
