"""Law 1 for networks that someone plays through: cut anywhere, a stream is the whole, as late as it says."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import stand_ins
from mixassist.dsp.scores import null_db
from mixassist.runtime import Artifact, Session, open_stream
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.layers.net import StreamNet
from mixassist.runtime.streaming.stream import Stream, StreamOptions
from tests.laws.amps import AMPS, amp_net
from tests.signals import noise
from tests.tolerances import STREAM_FLOAT32_DB, STREAM_FLOAT64_DB

every_network = pytest.mark.parametrize("name", [*stand_ins.STAND_INS, *AMPS])


@cache
def network(name: str) -> StreamNet:
    return (amp_net(name) if name in AMPS else stand_ins.stand_in(name)).double()


@torch.no_grad()
def heard_whole(name: str, sound: np.ndarray) -> np.ndarray:
    """The network's answer [1, T] to all of `sound` [1, T] at once, in float64, without its latency."""
    return network(name).run_whole(torch.from_numpy(sound[None]).double())[0].numpy()


@every_network
@settings(max_examples=8)
@given(lengths=st.lists(st.integers(1, 60), min_size=1, max_size=12))
@torch.no_grad()
def test_blocks_are_the_whole_in_float64(name: str, lengths: list[int]) -> None:
    net = network(name)
    multiple, latency = net.spec.block_multiple, net.spec.latency_samples
    lengths = [n * multiple for n in (*lengths, 1 + latency // multiple)]
    sound = noise(sum(lengths), n_channels=1, amplitude=0.2)
    blocks = net.run_blocks(torch.from_numpy(sound[None]).double(), lengths)[0].numpy()
    whole = heard_whole(name, sound)[:, : sum(lengths) - latency]
    assert null_db(blocks[:, latency:], whole) < STREAM_FLOAT64_DB


@pytest.fixture(scope="module")
def session(network_artifact: Callable[[str], Artifact]) -> Callable[[str], Session]:
    return cache(lambda name: open_engine("onnxruntime", network_artifact(name), SessionOptions("fp32", 1)))


def played(stream: Stream, sound: np.ndarray, lengths: list[int]) -> np.ndarray:
    """What `stream` gives for `sound` [1, T] in blocks of these lengths, without the latency it declares."""
    pieces = np.split(sound, np.cumsum(lengths)[:-1], axis=1)
    given = np.concatenate([stream.process(piece).copy() for piece in pieces], axis=1)
    return given[:, stream.latency_samples :]


@every_network
@pytest.mark.parametrize("block", [1, 64, 65, 512, 8193])
def test_a_stream_in_blocks_is_the_whole(session: Callable[[str], Session], name: str, block: int) -> None:
    lengths = [block] * (2 + min(3000 // block, 600))
    sound = noise(sum(lengths), n_channels=1, amplitude=0.2)
    found = played(open_stream(session(name), block), sound, lengths)
    assert null_db(found, heard_whole(name, sound)[:, : found.shape[1]]) < STREAM_FLOAT32_DB


@every_network
@settings(max_examples=4)
@given(lengths=st.lists(st.integers(1, 1500), min_size=4, max_size=12))
def test_a_stream_in_random_blocks_is_the_whole(
    session: Callable[[str], Session], name: str, lengths: list[int]
) -> None:
    lengths = [*lengths, 2000]
    sound = noise(sum(lengths), n_channels=1, amplitude=0.2)
    stream = open_stream(session(name), 512, options=StreamOptions(is_block_fixed=False))
    found = played(stream, sound, lengths)
    assert null_db(found, heard_whole(name, sound)[:, : found.shape[1]]) < STREAM_FLOAT32_DB
