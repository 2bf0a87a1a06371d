"""The desk between card and process on a virtual clock: every moment is chosen, so every number is exact."""

import tracemalloc
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixassist.audio.live_desk import PATIENCE_S, DeskOptions, LiveDesk
from mixassist.errors import OptionError
from tests.audio.simulated_card import VirtualCard

BLOCK = 64
MONO = DeskOptions(block=BLOCK)
BLOCK_MS = MONO.block_ms


class Delay:
    """Delays by `latency_samples` and multiplies by `gain`; gives the same array each time, as streams do."""

    def __init__(self, latency_samples=0, gain=1.0, n_channels=1):
        self.latency_samples = latency_samples
        self.gain = gain
        self._tail = np.zeros((n_channels, latency_samples), dtype=np.float32)
        self._given = np.zeros((n_channels, BLOCK), dtype=np.float32)

    def process(self, block):
        whole = np.concatenate([self._tail, block], axis=1)
        self._given[:] = self.gain * whole[:, :BLOCK]
        self._tail = whole[:, BLOCK:]
        return self._given


def noise(n_blocks, n_channels=1):
    generator = np.random.default_rng(0)
    return generator.uniform(-1, 1, (n_channels, n_blocks * BLOCK)).astype(np.float32)


def delayed(signal, n_frames):
    return np.pad(signal, ((0, 0), (n_frames, 0)))[:, : signal.shape[1]]


def play(process, signal, card, options=MONO):
    return card.play(process, signal, options)


@given(
    works_percent=st.lists(st.integers(1, 800), min_size=1, max_size=30),
    jitter_percent=st.integers(0, 200),
    latency=st.integers(0, 200),
    n_ahead=st.integers(1, 3),
    n_channels=st.integers(1, 2),
)
def test_no_sample_is_lost_or_repeated_whatever_the_clock_does(
    works_percent, jitter_percent, latency, n_ahead, n_channels
):
    """A process that only delays gives, wet or dry, the input at the declared latency, to the last bit.

    Times in percent of a block, not as floats: hypothesis refuses those once an engine has switched denormals off.
    """
    works_ms = [percent / 100 * BLOCK_MS for percent in works_percent]
    options = DeskOptions(block=BLOCK, n_blocks_ahead=n_ahead, n_channels=n_channels)
    signal = noise(60, n_channels)
    card = VirtualCard(lambda index: works_ms[index % len(works_ms)], jitter_percent / 100 * BLOCK_MS)
    played, desk = play(Delay(latency, n_channels=n_channels), signal, card, options)
    assert desk.latency_samples == n_ahead * BLOCK + latency
    np.testing.assert_array_equal(played, delayed(signal, desk.latency_samples))
    assert desk.n_blocks == 60


@pytest.mark.parametrize(("latency", "n_ahead"), [(0, 1), (0, 3), (37, 1), (1000, 2)])
def test_measured_latency_is_the_declared_one(latency, n_ahead):
    impulse = np.zeros((1, 40 * BLOCK), dtype=np.float32)
    impulse[0, 5 * BLOCK + 3] = 1
    options = DeskOptions(block=BLOCK, n_blocks_ahead=n_ahead)
    played, desk = play(Delay(latency, gain=2.0), impulse, VirtualCard(lambda index: 0.5 * BLOCK_MS), options)
    assert played.argmax() - impulse.argmax() == desk.latency_samples
    assert (played.max(), desk.n_misses) == (2, 0)


def test_in_time_means_within_the_blocks_ahead():
    """A result may take just as long as its blocks ahead, and a late callback counts from when it came."""
    for n_ahead in (1, 2):
        options = DeskOptions(block=BLOCK, n_blocks_ahead=n_ahead)
        _, on_time = play(Delay(), noise(100), VirtualCard(lambda index: 0.99 * BLOCK_MS), options)
        assert on_time.n_misses == 0
    hiccup = VirtualCard(lambda index: (1.8 if index == 10 else 0.1) * BLOCK_MS)
    misses = [play(Delay(), noise(50), hiccup, DeskOptions(block=BLOCK, n_blocks_ahead=n))[1].n_misses for n in (1, 2)]
    assert misses == [1, 0]


def test_a_miss_plays_dry_in_the_wet_signals_place():
    signal = noise(60)
    hiccup = VirtualCard(lambda index: (3.5 if index == 20 else 0.1) * BLOCK_MS)
    played, desk = play(Delay(latency_samples=10, gain=-1.0), signal, hiccup, DeskOptions(block=BLOCK, fade_ms=1.0))
    dry = delayed(signal, desk.latency_samples)
    # Block 20, due at callback 21, is ready 3.5 blocks after callback 20: callbacks 21, 22 and 23 come too early.
    assert desk.n_misses == 3
    late = slice(21 * BLOCK, 24 * BLOCK)
    n_fade = 48
    np.testing.assert_array_equal(played[:, : late.start], -dry[:, : late.start])
    np.testing.assert_array_equal(played[:, late.start + n_fade : late.stop], dry[:, late.start + n_fade : late.stop])
    np.testing.assert_array_equal(played[:, late.stop + n_fade :], -dry[:, late.stop + n_fade :])
    assert desk.n_skipped == 0


def test_fades_leave_no_click():
    """A slow sine through a process that inverts it: at each miss the signal would leap by twice its height."""
    times = np.arange(400 * BLOCK) / 48000
    signal = np.sin(2 * np.pi * 50 * times)[None].astype(np.float32)
    hiccups = VirtualCard(lambda index: (6.3 if index % 40 == 39 else 0.2) * BLOCK_MS)
    played, desk = play(Delay(gain=-1.0), signal, hiccups)
    assert desk.n_misses > 20
    sine_step, fade_step = 2 * np.pi * 50 / 48000, 2 * np.pi / 2 / 240
    assert np.abs(np.diff(played)).max() < sine_step + 1.01 * fade_step


def test_misses_in_a_row_set_out_from_what_was_heard_last():
    """Wet for one block between two misses, shorter than the fade: still no click."""
    signal = np.ones((1, 100 * BLOCK), dtype=np.float32)
    works = {20: 1.5, 22: 1.5, 23: 1.5}
    played, desk = play(Delay(gain=-1.0), signal, VirtualCard(lambda index: works.get(index, 0.1) * BLOCK_MS))
    assert desk.n_misses > 2
    settled = played[:, 2 * BLOCK :]
    assert np.abs(np.diff(settled)).max() < 1.01 * np.pi / 240
    assert settled[0, -1] == -1


def test_a_process_that_is_too_slow_is_played_dry_and_lets_go_of_what_it_missed():
    signal = noise(400)
    played, desk = play(Delay(gain=-1.0), signal, VirtualCard(lambda index: 3 * BLOCK_MS))
    assert desk.n_misses == desk.n_blocks - 1  # the first block played lies before the first one heard
    assert 0 < desk.n_skipped < signal.shape[1]
    np.testing.assert_array_equal(played[:, BLOCK + 240 :], delayed(signal, BLOCK)[:, BLOCK + 240 :])


def test_after_a_long_stall_it_is_wet_again_at_once():
    signal = noise(300)
    stall_ms = 3000 * PATIENCE_S
    stalled = VirtualCard(lambda index: stall_ms if index == 50 else 0.1 * BLOCK_MS)
    played, desk = play(Delay(gain=-1.0), signal, stalled)
    n_stalled = stall_ms / BLOCK_MS
    assert int(n_stalled) <= desk.n_misses < n_stalled + 3
    assert desk.n_skipped > 0
    np.testing.assert_array_equal(played[:, -BLOCK:], -delayed(signal, BLOCK)[:, -BLOCK:])


class Swapped(Delay):
    """Becomes the model `new` after `n_blocks`, as a stream does when it is swapped."""

    def __init__(self, old, new, n_blocks):
        self._now, self._new, self._n_left = old, new, n_blocks

    @property
    def latency_samples(self):
        return self._now.latency_samples

    def process(self, block):
        self._n_left -= 1
        if self._n_left == 0:
            self._now = self._new
        return self._now.process(block)


@pytest.mark.parametrize(("old", "new"), [(10, 300), (300, 10), (0, 40_000)])
def test_after_a_swap_the_dry_signal_is_as_late_as_the_new_model(old, new):
    """Three misses, and a stall that makes the desk let go of blocks, long after the swap."""
    works = {60: 3.5, 80: 1000 * PATIENCE_S / BLOCK_MS + 10}
    signal = noise(300)
    card = VirtualCard(lambda index: works.get(index, 0.1) * BLOCK_MS)
    played, desk = play(Swapped(Delay(old), Delay(new), n_blocks=20), signal, card)
    assert desk.latency_samples == BLOCK + new
    assert desk.n_misses > 3
    assert desk.n_skipped > 0
    settled = slice(30 * BLOCK, None)
    np.testing.assert_array_equal(played[:, settled], delayed(signal, BLOCK + new)[:, settled])


def test_a_swap_while_the_dry_signal_is_heard_leaves_no_click():
    """Once while it is heard alone, once on the way back to the wet one, which is the dry one's inverse."""
    signal = np.sin(2 * np.pi * 50 * np.arange(60 * BLOCK) / 48000)[None].astype(np.float32)
    process = SimpleNamespace(latency_samples=0, process=lambda block: -block)
    desk = LiveDesk(process, MONO)
    played = np.zeros_like(signal)
    for index, start in enumerate(range(0, signal.shape[1], BLOCK)):
        process.latency_samples = {30: 500, 42: 100}.get(index, process.latency_samples)
        frames = slice(start, start + BLOCK)
        desk.exchange(signal[:, frames], played[:, frames])
        while not 20 <= index < 40 and desk.work():
            pass
    assert desk.n_misses == 20
    alone = slice(35 * BLOCK, 40 * BLOCK)
    np.testing.assert_array_equal(played[:, alone], delayed(signal, BLOCK + 500)[:, alone])
    sine_step, fade_step = 2 * np.pi * 50 / 48000, 2 * np.pi / 2 / 240
    assert np.abs(np.diff(played)).max() < sine_step + 1.01 * fade_step


def test_another_rate_than_the_cards_is_refused():
    wire = SimpleNamespace(latency_samples=0, rate=44100, process=lambda block: block)
    with pytest.raises(OptionError, match="the process runs at 44100 Hz and the card at 48000 Hz: open both at one"):
        LiveDesk(wire, MONO)
    LiveDesk(wire, DeskOptions(rate=44100))


def test_blocks_cost_no_memory():
    desk = LiveDesk(SimpleNamespace(latency_samples=0, process=lambda block: block), MONO)
    heard, played = noise(1), np.zeros((1, BLOCK), dtype=np.float32)

    def pass_blocks():
        for index in range(200):
            desk.exchange(heard, played)
            if index % 10 not in (3, 4):
                while desk.work():
                    pass

    pass_blocks()
    tracemalloc.start()
    try:
        pass_blocks()
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        pass_blocks()
        now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert desk.n_misses > 0
    assert now - before < 200
    assert peak - before < 1500  # views of arrays, some 100 bytes each; an array of a block would be 256 and more


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"block": 0}, "block is 0: at least 1 is needed"),
        ({"rate": -1}, "rate is -1: at least 1 is needed"),
        ({"n_channels": 0}, "n_channels is 0"),
        ({"n_blocks_ahead": 0}, "n_blocks_ahead is 0"),
        ({"fade_ms": -1}, "fade_ms is -1: at least 0 is needed"),
    ],
)
def test_options_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(OptionError, match=message):
        DeskOptions(**wrong)
