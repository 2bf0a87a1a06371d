"""Dry and wet beside each other, and one lane after another."""

import numpy as np
import pytest

from mixassist.runtime.streaming.lane import MIX_TIME_S, Crossfade, MixControl, StreamLane
from mixassist.runtime.streaming.plan import HostFormat
from tests.runtime.streaming.stream_sessions import Echo, EchoSession, FragileSession, pieces
from tests.signals import noise

HOST = HostFormat(64, 48000)
WET, HALF, DRY = np.float32(1), np.float32(0.5), np.float32(0)


def play(lane, samples, mix):
    heard = []
    for block in pieces(samples, HOST.block):
        out = np.empty_like(block)
        lane.process(block, out, mix)
        heard.append(out)
    return np.concatenate(heard, axis=1)


@pytest.mark.parametrize(("mix", "gain"), [(DRY, 1.0), (HALF, 0.75), (WET, 0.5)])
@pytest.mark.parametrize("block_multiple", [1, 48])
def test_dry_and_wet_are_equally_late(mix, gain, block_multiple):
    lane = StreamLane(EchoSession(Echo(gain=0.5, latency_samples=7, block_multiple=block_multiple)), HOST)
    samples = noise(640, n_channels=1)
    late = np.pad(samples, ((0, 0), (lane.latency_samples, 0)))[:, :640]
    for _ in range(2):
        np.testing.assert_allclose(play(lane, samples, mix), gain * late, rtol=1e-6)
        lane.reset()


@pytest.mark.parametrize("block_multiple", [1, 48])
def test_a_block_may_be_overwritten_with_its_result(block_multiple):
    apart, in_place = (StreamLane(EchoSession(Echo(gain=-1.0, block_multiple=block_multiple)), HOST) for _ in range(2))
    samples = noise(640, n_channels=1)
    expected = play(apart, samples, HALF)
    for block, result in zip(pieces(samples, HOST.block), pieces(expected, HOST.block), strict=True):
        in_place.process(block, block, HALF)
        np.testing.assert_array_equal(block, result)


def test_a_broken_network_is_dry_until_its_wet_signal_is_there_again():
    lane = StreamLane(FragileSession(Echo(gain=0.5, latency_samples=100)), HOST)
    samples = noise(640, n_channels=1)
    samples[0, 2 * 64] = 1e30
    heard = play(lane, samples, WET)
    gains = np.full(640, 0.5)
    # The block itself and the 100 frames until a network that starts anew gives what it was given: 164 in blocks of 64.
    gains[2 * 64 : 5 * 64] = 1
    np.testing.assert_allclose(heard, gains * np.pad(samples, ((0, 0), (100, 0)))[:, :640], rtol=1e-6)
    assert lane.n_broken == 1


def test_the_mix_goes_its_way_at_a_limited_speed_and_stays_there():
    control = MixControl(HOST)
    control.target = 0.0
    ramps = [np.array(control.advance(HOST.block), dtype=np.float32) for _ in range(8)]
    whole = np.concatenate(ramps)
    np.testing.assert_allclose(np.diff(np.clip(whole, 0, None)).min(), -1 / (MIX_TIME_S * HOST.rate), rtol=1e-3)
    assert isinstance(steady := control.advance(HOST.block), np.float32)
    assert steady == 0
    control.target = 1.0
    control.jump()
    assert control.advance(HOST.block) == 1


def test_a_fade_waits_for_the_delay_of_what_it_brings_in():
    fade = Crossfade(StreamLane(EchoSession(Echo(gain=0.0, latency_samples=100)), HOST), HOST, n_frames=200)
    heard, is_over = [], []
    for _ in range(5):
        out = np.ones((1, HOST.block), dtype=np.float32)
        is_over.append(fade.process(out.copy(), out, WET))
        heard.append(out)
    level = np.concatenate(heard, axis=1)[0]
    assert (level[:100] == 1).all()
    assert (np.diff(level[100:300]) < 0).all()
    assert (level[300:] == 0).all()
    assert is_over == [False] * 4 + [True]
