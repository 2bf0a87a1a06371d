"""A song's stems while it plays: exact sums, declared delay, no trace of how it was cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mixassist.dsp.scores import null_db
from mixassist.errors import AudioError, OptionError
from mixassist.runtime.engines import SessionOptions, open_engine
from separation.live.separator import LiveSeparator
from tests.live_models import SMALL
from tests.separation.live.whole import separate_whole
from tests.tolerances import LIVE_FLOAT32_DB, STREAM_FLOAT64_DB

N_STEMS = 4


@pytest.fixture(scope="module")
def session(small_live):
    return open_engine("onnxruntime", small_live, SessionOptions("fp32", 1))


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lengths=st.lists(st.integers(1, 150), min_size=1, max_size=40))
def test_blocks_of_any_length_are_the_whole_in_float64(exact_session, small_net, song, play, lengths):
    separator = LiveSeparator(exact_session)
    lengths = [*lengths, song.shape[1] - sum(lengths)] if sum(lengths) < song.shape[1] else [song.shape[1]]
    late = separator.latency_samples
    stems, _ = play(separator, np.pad(song, [(0, 0), (0, late)]), [*lengths, late])
    assert null_db(stems[..., late:].reshape(1, -1), separate_whole(small_net, song).reshape(1, -1)) < STREAM_FLOAT64_DB


def test_in_float32_on_an_engine_it_is_the_same_song(session, small_net, song, play):
    separator = LiveSeparator(session)
    late = separator.latency_samples
    stems, _ = play(separator, np.pad(song, [(0, 0), (0, late)]).astype(np.float32), [700, 2300, late])
    whole = separate_whole(small_net, song)
    assert null_db(stems[..., late:].reshape(1, -1), whole.reshape(1, -1)) < LIVE_FLOAT32_DB


@pytest.mark.parametrize("block", [1, 16, 24, 64, 65, 500])
def test_cuts_leave_no_trace(session, song, play, block):
    song = song.astype(np.float32)
    whole, _ = play(LiveSeparator(session), song, [song.shape[1]])
    n_blocks = song.shape[1] // block
    host = LiveSeparator(session, block=block)
    cut, _ = play(host, song[:, : n_blocks * block], [block] * n_blocks)
    sooner = LiveSeparator(session).latency_samples - host.latency_samples
    n_both = whole.shape[-1] - max(sooner, whole.shape[-1] - cut.shape[-1])
    np.testing.assert_array_equal(cut[..., : n_both - sooner], whole[..., sooner:n_both])


@pytest.mark.parametrize("block", [None, 1, 16, 24, 64])
def test_the_delay_is_the_one_that_is_declared(exact_session, play, block):
    separator = LiveSeparator(exact_session, block=block)
    n_frames = 960
    click = np.zeros((2, n_frames))
    click[:, 48] = 1.0
    stems, residual = play(separator, click, [block or 5] * (n_frames // (block or 5)))
    assert np.argmax(stems.sum(axis=0)[0]) == 48 + separator.latency_samples
    # Masks sum to 1, so all stems together are the click: nothing is left for the residual.
    assert np.abs(residual).max() < 1e-12


def test_the_delay_is_as_short_as_the_blocks_allow(exact_session):
    window = SMALL.n_fft - SMALL.hop
    delays = {block: LiveSeparator(exact_session, block=block).latency_samples for block in (16, 64, 24, 1, None)}
    assert delays == {16: window, 64: window, 24: window + 8, 1: window + 15, None: window + 15}


def test_stems_and_residual_are_the_input_to_the_sample(session, song, play):
    song = song.astype(np.float32)
    separator = LiveSeparator(session, stems=("bass", "vocals"))
    stems, residual = play(separator, song, [1000, 2000])
    late = separator.latency_samples
    assert (separator.stems, stems.shape) == (("bass", "vocals"), (2, 2, 3000))
    np.testing.assert_allclose((stems.sum(axis=0) + residual)[:, late:], song[:, :-late], atol=1e-7)
    assert np.abs(residual).max() > 0.01


def test_some_stems_are_the_same_as_among_all(session, song, play):
    song = song.astype(np.float32)
    alone, _ = play(LiveSeparator(session, stems=("vocals",)), song, [3000])
    among, _ = play(LiveSeparator(session), song, [3000])
    np.testing.assert_array_equal(alone[0], among[3])


def test_silence_gives_silence(session, play):
    stems, residual = play(LiveSeparator(session), np.zeros((2, 640), np.float32), [640])
    assert not stems.any()
    assert not residual.any()


def test_after_a_reset_the_song_begins_anew(session, song, play):
    song = song.astype(np.float32)
    separator = LiveSeparator(session)
    first, _ = play(separator, song, [3000])
    separator.reset()
    np.testing.assert_array_equal(play(separator, song, [3000])[0], first)


def test_samples_that_are_no_numbers_count_as_silence(session, song, play):
    broken, cleaned = song.astype(np.float32), song.astype(np.float32)
    broken[:, 1000:1003] = [np.nan, np.inf, -np.inf]
    cleaned[:, 1000:1003] = 0
    found, _ = play(LiveSeparator(session), broken, [3000])
    np.testing.assert_array_equal(found, play(LiveSeparator(session), cleaned, [3000])[0])


def test_a_network_that_gives_no_numbers_begins_anew_and_the_residual_has_the_song(exact_session, song, play):
    class Broken(type(exact_session)):
        n_runs = 0

        def run(self, inputs):
            given = super().run(inputs)
            self.n_runs += 1
            return {name: value * np.nan for name, value in given.items()} if self.n_runs == 60 else given

    separator = LiveSeparator(Broken(exact_session.net))
    stems, residual = play(separator, song, [3000])
    late = separator.latency_samples
    assert separator.timing.n_broken == 1
    assert np.isfinite(stems).all()
    assert np.abs(stems[..., -1000:]).max() > 0
    np.testing.assert_allclose((stems.sum(axis=0) + residual)[:, late:], song[:, :-late], atol=1e-12)


def test_blocks_that_do_not_fit_are_refused(session):
    for block in (np.zeros((1, 16), np.float32), np.zeros((2, 16)), np.zeros((2, 15), np.float32)):
        with pytest.raises(AudioError, match=r"the stream takes float32 \[2, 16\]"):
            LiveSeparator(session, block=16).process(block)


def test_stems_that_do_not_exist_and_empty_blocks_are_refused(session):
    with pytest.raises(OptionError, match="has no stem 'kazoo'"):
        LiveSeparator(session, stems=("kazoo",))
    with pytest.raises(OptionError, match="a block of 0 frames holds no sound"):
        LiveSeparator(session, block=0)


def test_each_block_is_timed(session):
    separator = LiveSeparator(session, block=16)
    for _ in range(3):
        separator.process(np.zeros((2, 16), np.float32))
    timing = separator.timing
    assert (timing.n_blocks, timing.n_broken) == (3, 0)
    assert timing.budget_ms == pytest.approx(1000 * 16 / 44100)
