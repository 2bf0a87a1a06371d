"""Law 1 for what takes rooms and noise away: cut anywhere, as much is found, and the same, no later than said."""

from collections.abc import Callable

import numpy as np
import pytest

from separation.denoising import DenoiseOptions
from separation.denoising.stream import NoiseStream
from separation.dereverb import DereverbOptions
from separation.dereverb.convolution_stream import ConvolutionStream, HeardRoom
from separation.dereverb.live_stream import LiveRoomStream
from separation.dereverb.stream import RoomStream
from separation.removal import RemovalStream
from tests.signals import impulses, music_like, noise

RATE = 8000
STREAMS: dict[str, Callable[[], RemovalStream]] = {
    "room": lambda: RoomStream(RATE, 2, DereverbOptions()),
    "room, convolution": lambda: ConvolutionStream(RATE, 2, DereverbOptions(), HeardRoom()),
    "room, live": lambda: LiveRoomStream(RATE, 2, DereverbOptions()),
    "noise": lambda: NoiseStream(RATE, 2, DenoiseOptions()),
}


def found_in(stream: RemovalStream, blocks: list[np.ndarray]) -> np.ndarray:
    """All that the stream finds."""
    return np.concatenate([*(stream.process(block) for block in blocks), stream.finish()], axis=1)


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("block", [1, 64, 512, "random"])
def test_what_is_found_does_not_depend_on_the_blocks(name, rng, block):
    sound = sum(music_like(2.0, RATE).values()) + noise(2 * RATE, 2, 0.01) + impulses([3000, 9000], 2 * RATE, 0.7)
    sound = sound.astype(np.float32)
    cuts = np.sort(rng.integers(1, 2 * RATE, 9)) if block == "random" else np.arange(block, 2 * RATE, block)
    whole = found_in(STREAMS[name](), [sound])
    assert whole.shape == sound.shape
    assert whole.any()
    np.testing.assert_array_equal(found_in(STREAMS[name](), np.split(sound, cuts, axis=1)), whole)


@pytest.mark.parametrize("name", STREAMS)
def test_in_silence_nothing_is_found(name):
    assert not found_in(STREAMS[name](), [np.zeros((2, RATE), np.float32)]).any()


@pytest.mark.parametrize("name", STREAMS)
def test_nothing_comes_later_than_said(name):
    stream = STREAMS[name]()
    n_late = 0
    for _ in range(50):
        n_late += 3333 - stream.process(noise(3333)).shape[1]
        assert n_late <= stream.latency_samples + 3333
    assert n_late < 50 * 3333
