"""A stream: what is declared is what is heard."""

import tracemalloc
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixassist.dsp.scores import null_db
from mixassist.errors import OptionError
from mixassist.runtime import open_stream
from mixassist.runtime.streaming.plan import ORDINARY_RATES
from mixassist.runtime.streaming.stream import StreamOptions
from tests.runtime.streaming.stream_sessions import (
    BoundSession,
    Echo,
    EchoSession,
    late,
    pieces,
    play,
)
from tests.signals import impulses, noise, sine
from tests.tolerances import STREAM_RESAMPLED_DB

VARYING = StreamOptions(is_block_fixed=False)
STEREO = StreamOptions(n_channels=2)
rates = st.sampled_from(ORDINARY_RATES)

few = settings(max_examples=30)
"""Of what opens streams again and again, and is the same in kind for all."""


@few
@given(st.integers(1, 100), st.integers(1, 40), st.integers(0, 50))
def test_any_block_runs_on_any_model(block, block_multiple, latency_samples):
    session = EchoSession(Echo(gain=0.5, latency_samples=latency_samples, block_multiple=block_multiple))
    stream = open_stream(session, block)
    samples = noise(4 * block + 300, n_channels=1)
    heard = play(stream, pieces(samples, block))
    np.testing.assert_array_equal(heard, late(0.5 * samples, stream.latency_samples, heard.shape[1]))
    assert len(set(session.lengths)) == 1


@few
@given(st.lists(st.integers(0, 90), max_size=12), st.integers(1, 64), st.integers(1, 20), rates)
def test_varying_blocks_leave_no_trace(cuts, block, block_multiple, rate):
    samples = noise(900)
    options = StreamOptions(n_channels=2, is_block_fixed=False)
    session = EchoSession(Echo(latency_samples=5, block_multiple=block_multiple))
    cut = play(open_stream(session, block, rate, options), np.split(samples, np.cumsum(cuts), axis=1))
    np.testing.assert_array_equal(cut, open_stream(session, block, rate, options).process(samples))


@pytest.mark.parametrize(("host_rate", "rate"), [*product(ORDINARY_RATES, (16000, 44100, 48000))])
def test_the_declared_latency_is_where_an_impulse_comes_out(host_rate, rate):
    block = 100
    session = EchoSession(Echo(rate=rate, latency_samples=7, block_multiple=4))
    stream = open_stream(session, block, host_rate)
    position, length = 2 * block, stream.latency_samples + 4 * block
    heard = play(stream, pieces(impulses([position], length), block))
    assert np.argmax(np.abs(heard)) == position + stream.latency_samples


@few
@given(rates, rates, st.sampled_from([16, 64, 100]), st.integers(0, 9))
def test_dry_and_wet_are_aligned(host_rate, rate, block, latency_samples):
    """A model that changes nothing is, beside the dry signal, nothing but it: no comb at any rate."""
    wet, dry = (open_stream(EchoSession(Echo(rate, 1.0, latency_samples)), block, host_rate) for _ in range(2))
    dry.mix = 0.0
    dry.reset()
    length = wet.latency_samples + 40 * max(1, host_rate // rate) + 400
    tone = sine(0.2 * min(host_rate, rate), length, host_rate)
    heard, expected = play(wet, pieces(tone, block)), play(dry, pieces(tone, block))
    np.testing.assert_array_equal(expected, late(tone, dry.latency_samples, expected.shape[1]))
    n_filling = min(2 * wet.latency_samples, expected.shape[1] - 100)
    assert null_db(heard[:, n_filling:], expected[:, n_filling:]) < STREAM_RESAMPLED_DB


def test_equal_rates_and_fitting_blocks_add_no_latency():
    for block, block_multiple in ((64, 1), (64, 64), (192, 64)):
        session = EchoSession(Echo(latency_samples=3, block_multiple=block_multiple))
        assert open_stream(session, block).latency_samples == 3
        assert set(session.lengths) == {block}


def test_each_channel_of_a_stereo_host_has_its_own_states_in_a_mono_model():
    samples = noise(640)
    stream = open_stream(EchoSession(Echo(latency_samples=5)), 64, options=STEREO)
    np.testing.assert_array_equal(play(stream, pieces(samples, 64)), late(samples, 5, 640))


def test_a_stereo_model_hears_both_channels():
    samples = noise(640)
    stream = open_stream(EchoSession(Echo(n_channels=2), channel_gains=(1.0, -2.0)), 64, options=STEREO)
    expected = np.array([[1.0], [-2.0]], dtype=np.float32) * samples
    np.testing.assert_array_equal(play(stream, pieces(samples, 64)), expected)


def test_a_mono_host_hears_the_mean_of_a_stereo_model():
    samples = noise(640, n_channels=1)
    stream = open_stream(EchoSession(Echo(n_channels=2), channel_gains=(1.0, 0.5)), 64)
    np.testing.assert_allclose(play(stream, pieces(samples, 64)), 0.75 * samples, rtol=1e-6)


def test_reset_is_as_if_just_opened():
    stream = open_stream(EchoSession(Echo(rate=44100, latency_samples=9, block_multiple=4)), 100, 48000)
    blocks = pieces(noise(3000, n_channels=1), 100)
    first = play(stream, blocks)
    stream.reset()
    np.testing.assert_array_equal(play(stream, blocks), first)


def test_mix_moves_without_a_click():
    stream = open_stream(EchoSession(Echo(gain=-1.0)), 64)
    ones = [np.ones((1, 64), dtype=np.float32)] * 20
    assert play(stream, ones[:1]).max() == -1
    stream.mix = 0.25
    heard = play(stream, ones)
    assert np.abs(np.diff(heard)).max() < 1.01 * 2 / 480, "a step is larger than 10 ms for the whole way allow"
    assert heard[0, -1] == 0.5
    with pytest.raises(OptionError, match=r"mix is 1\.5: it lies between 0"):
        stream.mix = 1.5


@pytest.mark.parametrize("options", [STEREO, StreamOptions(n_channels=2, is_block_fixed=False)])
@pytest.mark.parametrize("rate", [48000, 44100])
@pytest.mark.parametrize("mix", [1.0, 0.5])
def test_blocks_allocate_nothing(options, rate, mix):
    """Views come and go; an array of a block, 4 kB and more, would show in every round.

    In some of them another thread, or Python's own cleaning, takes memory too.
    """
    block = 1024
    stream = open_stream(BoundSession(), block, rate, options)
    stream.mix = mix
    samples = noise(block)
    growths, peaks = [], []
    tracemalloc.start()
    try:
        play(stream, [samples] * 200)
        for _ in range(4):
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            for _ in range(100):
                stream.process(samples)
            after, peak = tracemalloc.get_traced_memory()
            growths.append(after - before)
            peaks.append(peak - before)
    finally:
        tracemalloc.stop()
    assert min(growths) < 1000
    assert min(peaks) < 4000


@pytest.mark.parametrize(
    "opened",
    [
        lambda: open_stream(EchoSession(Echo(gain=0.5, latency_samples=5)), 64),
        lambda: open_stream(EchoSession(Echo(gain=0.5, latency_samples=5, block_multiple=48)), 64),
        lambda: open_stream(EchoSession(Echo(44100, 0.5)), 64, 48000),
        lambda: open_stream(EchoSession(Echo(gain=0.5)), 40, options=StreamOptions(is_block_fixed=False)),
    ],
)
@pytest.mark.parametrize("is_fading", [False, True])
def test_a_block_may_lie_where_the_result_goes(opened, is_fading):
    apart, together = opened(), opened()
    for stream in (apart, together):
        stream.mix = 0.7
        if is_fading:
            stream.swap(EchoSession(Echo(gain=-1.0)))
    for block in pieces(noise(64 * 20, n_channels=1), 64):
        expected = apart.process(apart.process(block).copy())
        np.testing.assert_array_equal(together.process(together.process(block)), expected)


def test_time_is_kept():
    stream = open_stream(EchoSession(), 64)
    assert stream.rate == 48000
    play(stream, pieces(noise(640, n_channels=1), 64))
    timing = stream.timing
    assert timing.n_blocks == 10
    assert 0 < timing.median_ms <= timing.p95_ms <= timing.p99_ms <= timing.max_ms
    assert timing.budget_ms == pytest.approx(64 / 48)
    open_stream(EchoSession(), 64, options=VARYING).process(np.empty((1, 0), dtype=np.float32))


def test_a_session_of_one_length_serves_any_host():
    session = EchoSession(Echo(latency_samples=3))
    session.spec = session.spec.with_frames(48)
    samples = noise(1280, n_channels=1)
    stream = open_stream(session, 64)
    np.testing.assert_array_equal(play(stream, pieces(samples, 64)), late(samples, 32 + 3, 1280))
    assert set(session.lengths) == {48}
