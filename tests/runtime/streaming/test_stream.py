"""A stream: what is declared is what is heard."""

import threading
import tracemalloc
import weakref
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mixassist.dsp.scores import null_db
from mixassist.errors import AudioError, ModelError, OptionError
from mixassist.runtime import open_stream
from mixassist.runtime.spec import ModelSpec, TensorSpec
from mixassist.runtime.streaming.plan import ORDINARY_RATES
from mixassist.runtime.streaming.stream import StreamOptions
from tests.runtime.streaming.stream_sessions import BoundSession, Echo, EchoSession, FragileSession, in_a_thread, pieces
from tests.signals import impulses, noise, sine
from tests.tolerances import STREAM_RESAMPLED_DB

VARYING = StreamOptions(is_block_fixed=False)
STEREO = StreamOptions(n_channels=2)
rates = st.sampled_from(ORDINARY_RATES)


def play(stream, blocks):
    return np.concatenate([stream.process(block).copy() for block in blocks], axis=1)


def late(samples, n_frames, length):
    return np.pad(samples, ((0, 0), (n_frames, 0)))[:, :length]


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


@pytest.mark.parametrize("new", [Echo(gain=0.5), Echo(44100, 0.5, 30, 50), Echo(gain=0.5, latency_samples=300)])
@pytest.mark.parametrize("old", [Echo(), Echo(16000, 1.0, 10, 16)])
def test_a_swap_has_neither_click_nor_gap(old, new):
    stream = open_stream(EchoSession(old), 64, 48000)
    ones = [np.ones((1, 64), dtype=np.float32)] * 40
    play(stream, ones)
    stream.swap(EchoSession(new), crossfade_ms=10)
    heard = play(stream, ones)
    assert np.abs(np.diff(heard)).max() < 0.5 * np.pi / 2 / 480 + 0.003, "steeper than the fade, or a filter that fills"
    assert heard[0, 0] == pytest.approx(1, abs=1e-4)
    assert heard[0, -1] == pytest.approx(0.5, abs=1e-6)
    assert stream.latency_samples == open_stream(EchoSession(new), 64, 48000).latency_samples


def test_swaps_in_a_row_come_one_after_the_other_and_the_last_one_stays():
    stream = open_stream(EchoSession(), 64)
    ones = [np.ones((1, 64), dtype=np.float32)] * 60
    heard = []
    for gain in (0.5, 0.25, 0.125):
        stream.swap(EchoSession(Echo(gain=gain)))
        heard.append(play(stream, ones[:3]))
    heard = np.concatenate([*heard, play(stream, ones)], axis=1)
    assert np.abs(np.diff(heard)).max() < 0.002
    assert heard[0, -1] == 0.125
    stream.swap(EchoSession(Echo(gain=0.75)))
    stream.reset()
    assert play(stream, ones[:1])[0, 0] == 0.75, "reset ends what is under way"


def test_a_model_that_cannot_be_swapped_in_leaves_the_stream_as_it_was():
    stream = open_stream(EchoSession(), 64)
    with pytest.raises(ModelError, match="cannot be resampled"):
        stream.swap(EchoSession(Echo(rate=12345)))
    with pytest.raises(OptionError, match="crossfade_ms is -1"):
        stream.swap(EchoSession(), crossfade_ms=-1)
    assert play(stream, [np.ones((1, 64), dtype=np.float32)]).min() == 1


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


@pytest.mark.parametrize("is_able", [True, False])
def test_what_dies_away_ends_as_zeros(is_able, monkeypatch):
    """Below float32's smallest normal, 1.2e-38, where the CPU can be told to; well before that on any other."""
    if not is_able:
        monkeypatch.setattr("platform.machine", lambda: "riscv64")
    stream = open_stream(EchoSession(), 64)
    fading = np.float32(10.0) ** -np.arange(64, dtype=np.float32)[None]
    heard = play(stream, [fading])[0]
    np.testing.assert_array_equal(heard[:12], fading[0, :12])
    np.testing.assert_array_equal(heard[38:] if is_able else heard[30:], 0)


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


@pytest.mark.parametrize(
    "echo", [Echo(gain=0.5, latency_samples=5), Echo(gain=0.5, block_multiple=48), Echo(44100, 0.5)]
)
@pytest.mark.parametrize("mix", [0.0, 0.5, 1.0])
def test_a_model_that_breaks_is_heard_dry_and_starts_anew(echo, mix):
    sound = sine(997, 64 * 60, 48000)
    harmed = sound.copy()
    harmed[0, 64 * 10 + 3] = 1e30
    stream, whole, dry = (
        open_stream(session, 64, 48000) for session in (FragileSession(echo), *2 * [EchoSession(echo)])
    )
    for opened, share in ((stream, mix), (whole, mix), (dry, 0.0)):
        opened.mix = share
        opened.reset()
    heard, expected = play(stream, pieces(harmed, 64)), play(whole, pieces(sound, 64))
    bypassed = play(dry, pieces(harmed, 64))
    assert np.isfinite(heard).all()
    assert stream.timing.n_broken > 0
    assert whole.timing.n_broken == 0
    is_dry = (heard == bypassed).reshape(-1, 64).all(axis=1)
    assert is_dry[10:12].any(), "resampled, the block breaks a run later"
    np.testing.assert_array_equal(heard[:, : 64 * 10], expected[:, : 64 * 10])
    # A resampler that starts anew meets other phases of its filter, and its errors are others.
    assert null_db(heard[:, 64 * 30 :], expected[:, 64 * 30 :]) < STREAM_RESAMPLED_DB


def test_a_model_that_breaks_while_it_fades_in_is_counted_once():
    stream = open_stream(EchoSession(), 64)
    stream.swap(FragileSession())
    blocks = [np.ones((1, 64), dtype=np.float32)] * 30
    harmed = np.full((1, 64), 1e30, dtype=np.float32)
    assert np.isfinite(play(stream, [*blocks[:2], harmed])).all()
    assert stream.timing.n_broken == 1
    play(stream, blocks)
    assert stream.timing.n_broken == 1
    stream.swap(EchoSession())
    play(stream, blocks)
    assert stream.timing.n_broken == 1


def test_engines_are_torn_down_by_who_swaps_and_not_by_who_plays():
    torn_by = []

    def mortal(gain):
        session = EchoSession(Echo(gain=gain))
        weakref.finalize(session, lambda: torn_by.append(threading.get_ident()))
        return session

    blocks = [np.ones((1, 64), dtype=np.float32)] * 60
    stream = open_stream(mortal(1.0), 64)
    for gain in (0.5, 0.25, 0.125):
        stream.swap(mortal(gain))
        in_a_thread(lambda: play(stream, blocks[:3]))
    in_a_thread(lambda: play(stream, blocks))
    stream.swap(mortal(0.75))
    assert torn_by == 3 * [threading.get_ident()], "all but the one that plays and the one that comes"


def test_time_is_kept():
    stream = open_stream(EchoSession(), 64)
    assert stream.rate == 48000
    play(stream, pieces(noise(640, n_channels=1), 64))
    timing = stream.timing
    assert timing.n_blocks == 10
    assert 0 < timing.median_ms <= timing.p95_ms <= timing.p99_ms <= timing.max_ms
    assert timing.budget_ms == pytest.approx(64 / 48)
    open_stream(EchoSession(), 64, options=VARYING).process(np.empty((1, 0), dtype=np.float32))


@pytest.mark.parametrize(
    ("block", "options"),
    [
        (np.zeros((1, 63), np.float32), StreamOptions()),
        (np.zeros((2, 64), np.float32), VARYING),
        (np.zeros((1, 64)), StreamOptions()),
        (np.zeros(64, np.float32), VARYING),
    ],
)
def test_a_block_that_does_not_fit_is_refused(block, options):
    with pytest.raises(AudioError, match=r"the block is .*, the stream takes float32 \[1, (64|any)\]: convert"):
        open_stream(EchoSession(), 64, options=options).process(block)


def test_a_session_of_one_length_serves_any_host():
    session = EchoSession(Echo(latency_samples=3))
    session.spec = session.spec.with_frames(48)
    samples = noise(1280, n_channels=1)
    stream = open_stream(session, 64)
    np.testing.assert_array_equal(play(stream, pieces(samples, 64)), late(samples, 32 + 3, 1280))
    assert set(session.lengths) == {48}


def test_models_that_do_not_stream_are_refused():
    waves = TensorSpec("audio", (None, 2, 500))
    session = EchoSession()
    session.spec = ModelSpec("song", 44100, 2, (waves,), (waves,))
    with pytest.raises(
        ModelError, match=r"a song model takes audio \(None, 2, 500\) and gives audio .*: a stream needs"
    ):
        open_stream(session)
    with pytest.raises(ModelError, match=r"model of 3 channels cannot serve a host of 2: .* n_channels=3 or 1"):
        open_stream(EchoSession(Echo(n_channels=3)), options=STEREO)
    with pytest.raises(ModelError, match="blocks of 0 frames"):
        open_stream(EchoSession(), block=0)
    with pytest.raises(ModelError, match="12345 Hz"):
        open_stream(EchoSession(), rate=12345)
    with pytest.raises(ModelError, match="not a model folder"):
        open_stream("nowhere")


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_broken_sample_is_silence_and_harms_nothing_after_it(broken):
    samples = noise(640, n_channels=2)
    silenced = samples.copy()
    samples[1, 100], silenced[1, 100] = broken, 0
    heard, expected = (
        play(open_stream(EchoSession(Echo(latency_samples=5)), 64, options=STEREO), pieces(given, 64))
        for given in (samples, silenced)
    )
    np.testing.assert_array_equal(heard, expected)
