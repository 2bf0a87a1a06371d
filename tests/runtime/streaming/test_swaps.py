"""Networks that take the place of others while somebody plays."""

import threading
import weakref

import numpy as np
import pytest

from mixassist.errors import ModelError, OptionError
from mixassist.runtime import open_stream
from tests.runtime.streaming.stream_sessions import (
    Echo,
    EchoSession,
    FragileSession,
    in_a_thread,
    play,
)


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
