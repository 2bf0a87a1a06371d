"""The way to a network and back."""

import numpy as np
import pytest

from mixassist.runtime.streaming.plan import HostFormat
from mixassist.runtime.streaming.wet_path import WetPath
from tests.runtime.streaming.stream_sessions import Echo, EchoSession, pieces
from tests.signals import impulses, noise


def play(path, samples, block):
    heard = []
    for piece in pieces(samples, block):
        out = np.empty_like(piece)
        path.process(piece, out)
        heard.append(out)
    return np.concatenate(heard, axis=1)


@pytest.mark.parametrize(("block", "block_multiple", "n_ahead"), [(64, 1, 0), (64, 32, 0), (64, 48, 32), (30, 64, 62)])
def test_at_equal_rates_only_the_cut_into_blocks_is_late(block, block_multiple, n_ahead):
    session = EchoSession(Echo(latency_samples=9, block_multiple=block_multiple))
    path = WetPath(session, HostFormat(block, 48000, n_channels=2))
    samples = noise(40 * block)
    assert path.latency_samples == n_ahead + 9
    np.testing.assert_array_equal(
        play(path, samples, block), np.pad(samples, ((0, 0), (n_ahead + 9, 0)))[:, : samples.shape[1]]
    )
    assert set(session.lengths) == {block if n_ahead == 0 else block_multiple}


@pytest.mark.parametrize("rate", [16000, 44100, 96000])
def test_a_delay_through_other_rates_is_a_whole_number_of_samples(rate):
    path = WetPath(EchoSession(Echo(rate, latency_samples=5)), HostFormat(64, 48000))
    position = 640
    heard = play(path, impulses([position], 64 * 40), 64)[0]
    centre = position + path.latency_samples
    assert np.argmax(heard) == centre
    # A filter that is symmetric about a whole sample: nothing of its delay is left over.
    np.testing.assert_allclose(heard[centre - 20 : centre], heard[centre + 20 : centre : -1], atol=1e-3)


@pytest.mark.parametrize("echo", [Echo(latency_samples=9), Echo(block_multiple=48), Echo(44100, latency_samples=9)])
def test_reset_forgets_everything(echo):
    path = WetPath(EchoSession(echo), HostFormat(64, 48000))
    samples = noise(64 * 20, n_channels=1)
    first = play(path, samples, 64)
    path.reset()
    np.testing.assert_array_equal(play(path, samples, 64), first)


def test_a_block_may_be_overwritten_with_its_result():
    for echo in (Echo(gain=-1.0), Echo(block_multiple=48), Echo(44100)):
        apart, in_place = (WetPath(EchoSession(echo), HostFormat(64, 48000)) for _ in range(2))
        samples = noise(64 * 20, n_channels=1)
        expected = play(apart, samples, 64)
        for block in pieces(samples, 64):
            in_place.process(block, block)
        np.testing.assert_array_equal(samples, expected)
