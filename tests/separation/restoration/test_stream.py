"""The stream around the network: what it gives lies beside the sound, for any cut, and parts sum to the sound."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mixassist.dsp.scores import null_db
from mixassist.errors import ModelError, OptionError
from separation.restoration import PARTS, RestorationOptions, has_network, open_restoration
from separation.restoration.net import DESIGNS, RestorationNet, first_states, restoration_spec
from separation.restoration.opening import EMBEDDED, find_network
from separation.restoration.stream import RestorationStream
from tests.separation.restoration.tiny_restoration import TINY, TorchSession, tiny_net

RATE = 44_100
LIVE_MS = 50


@pytest.fixture(scope="module")
def session():
    return TorchSession(tiny_net())


@pytest.fixture
def sound(rng):
    return (0.1 * rng.standard_normal((2, 3001))).astype(np.float32)


def found(stream, sound, lengths):
    pieces = np.split(sound, np.cumsum(lengths)[:-1], axis=1)
    return np.concatenate([*(stream.process(piece) for piece in pieces), stream.finish()], axis=1)


def blocks_of(n_block, n_frames):
    n_blocks, n_rest = divmod(n_frames, n_block)
    return [n_block] * n_blocks + ([n_rest] if n_rest else [])


@pytest.mark.parametrize("n_block", [1, 64, 65, 512, 8193])
def test_cut_anywhere_it_is_the_same(session, sound, n_block):
    whole = found(RestorationStream(session, ["tail"], 2), sound, [sound.shape[1]])
    cut = found(RestorationStream(session, ["tail"], 2), sound, blocks_of(n_block, sound.shape[1]))
    np.testing.assert_array_equal(cut, whole)


@pytest.mark.parametrize("n_channels", [1, 2])
def test_all_parts_together_are_the_sound_at_its_place(session, sound, n_channels):
    sound = sound[:n_channels]
    everything = found(RestorationStream(session, PARTS, n_channels), sound, [1000, 2001])
    assert null_db(everything, sound) < -120


def test_parts_that_are_found_apart_are_those_found_together(session, sound):
    tail, noise, both = (
        found(RestorationStream(session, wanted, 2), sound, [3001]) for wanted in (["tail"], ["noise"], PARTS[1:])
    )
    assert np.abs(tail).max() > 1e-3
    assert null_db(tail + noise, both) < -120


def test_it_never_comes_later_than_it_says(session, sound):
    stream = RestorationStream(session, ["tail"], 2)
    given = 0
    for at in range(sound.shape[1]):
        given += stream.process(sound[:, at : at + 1]).shape[1]
        assert at + 1 - given <= stream.latency_samples


def test_channels_are_turned_down_alike(session, sound):
    sound[1] = 0.5 * sound[0]
    tail = found(RestorationStream(session, ["tail"], 2), sound, [3001])
    assert null_db(tail[1:], 0.5 * tail[:1]) < -100


def test_silence_has_no_tail(session):
    silence = np.zeros((1, 999), np.float32)
    np.testing.assert_array_equal(found(RestorationStream(session, ["tail"], 1), silence, [999]), silence)


def test_another_rate_gives_as_much_as_there_was_sound(session, sound):
    stream = open_restoration(session, PARTS, 48_000, 2)
    everything = found(stream, sound, [3001])
    assert everything.shape == sound.shape


def test_a_part_nobody_knows_is_refused(session):
    with pytest.raises(OptionError, match="no part vocals"):
        RestorationStream(session, ["vocals"], 2)
    with pytest.raises(OptionError, match="none given"):
        RestorationStream(session, [], 2)


def test_the_stream_of_the_network_is_the_whole_network(rng):
    net = tiny_net().double()
    views = torch.from_numpy(rng.exponential(size=(1, 5, TINY.n_bins, 24)))
    states = [state.double() for state in first_states(TINY)]
    whole, *_ = net(views, *states)
    parts = []
    for piece in views.split(4, dim=-1):
        part, *states = net(piece, *states)
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts, dim=-1), whole, rtol=0, atol=1e-12)


def test_what_we_train_is_small_and_what_is_live_is_in_time():
    for design in DESIGNS.values():
        assert sum(parameter.numel() for parameter in RestorationNet(design.network).parameters()) <= 10_000
    live = restoration_spec(DESIGNS["restore-live"])
    assert 1000 * (live.latency_samples + live.block_multiple - 1) / RATE <= LIVE_MS


def test_a_network_that_is_not_there_is_said_so_plainly(tmp_path, monkeypatch):
    monkeypatch.setattr("separation.restoration.opening.EMBEDDED", tmp_path)
    assert not has_network()
    with pytest.raises(ModelError, match="no network called restore comes with this mixassist yet"):
        find_network()


def test_a_network_of_another_kind_is_refused():
    with pytest.raises(ModelError, match="of kind lite-live: give one of kind restoration"):
        find_network(RestorationOptions(EMBEDDED / "lite-live"))
