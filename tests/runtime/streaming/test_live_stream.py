"""A stream played live: what the stream declares and what the desk adds is what a card measures."""

import numpy as np
import pytest

from mixassist.audio.live_desk import DeskOptions, LiveDesk
from mixassist.errors import OptionError
from mixassist.runtime.streaming.stream import open_stream
from tests.audio.simulated_card import VirtualCard
from tests.runtime.streaming.stream_sessions import Echo, EchoSession

BLOCK = 64
DESK = DeskOptions(block=BLOCK)


def steadily(index):
    return 0.3 * DESK.block_ms


def with_hiccups(index):
    """Every 50th block comes some blocks late, one of them so late that the desk lets go of blocks."""
    return {49: 2.5, 99: 60.0}.get(index % 150, 0.3) * DESK.block_ms


@pytest.mark.parametrize("block_multiple", [1, 48, 128])
@pytest.mark.parametrize("work_ms", [steadily, with_hiccups])
def test_what_goes_in_comes_out_at_the_declared_latency(block_multiple, work_ms):
    stream = open_stream(EchoSession(Echo(latency_samples=100, block_multiple=block_multiple)), BLOCK)
    signal = np.random.default_rng(0).uniform(-1, 1, (1, 400 * BLOCK)).astype(np.float32)
    played, desk = VirtualCard(work_ms, jitter_ms=0.2).play(stream, signal, DESK)
    expected = np.pad(signal, ((0, 0), (desk.latency_samples, 0)))[:, : signal.shape[1]]
    np.testing.assert_array_equal(played, expected)
    assert desk.latency_samples == BLOCK + stream.latency_samples
    assert (desk.n_misses > 0) == (desk.n_skipped > 0) == (work_ms is with_hiccups)


def test_resampled_streams_are_on_time_too():
    stream = open_stream(EchoSession(Echo(rate=44100, latency_samples=100)), BLOCK, 48000)
    impulse = np.zeros((1, 200 * BLOCK), dtype=np.float32)
    impulse[0, 20 * BLOCK + 7] = 1
    played, desk = VirtualCard(steadily).play(stream, impulse, DESK)
    assert np.abs(played).argmax() - impulse.argmax() == desk.latency_samples


def test_a_swap_while_playing_moves_dry_and_wet_together():
    stream = open_stream(EchoSession(Echo(latency_samples=100)), BLOCK)

    def swap_then_hiccup(index):
        if index == 30:
            stream.swap(EchoSession(Echo(latency_samples=1000)))
        return with_hiccups(index)

    signal = np.random.default_rng(0).uniform(-1, 1, (1, 400 * BLOCK)).astype(np.float32)
    played, desk = VirtualCard(swap_then_hiccup).play(stream, signal, DESK)
    assert desk.latency_samples == BLOCK + 1000
    assert desk.n_skipped > 0
    settled = slice(80 * BLOCK, None)
    expected = np.pad(signal, ((0, 0), (desk.latency_samples, 0)))[:, : signal.shape[1]]
    np.testing.assert_array_equal(played[:, settled], expected[:, settled])


def test_a_card_at_another_rate_than_the_stream_is_refused():
    with pytest.raises(OptionError, match="the process runs at 44100 Hz and the card at 48000 Hz"):
        LiveDesk(open_stream(EchoSession(Echo()), BLOCK, rate=44100), DESK)
