import dataclasses

import numpy as np
import pytest
import scipy.signal
import torch

from mixassist.dsp.scores import null_db
from mixassist.errors import ModelError
from mixassist.runtime.artifact import ModelCard
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.layers.artifact import write_stream_artifact
from tests.tolerances import CONVOLVED_DB, CUT_FLOAT32_DB
from tests.transfer.instrument.tiny_instrument import TINY, NetSession, tiny_net
from transfer.instrument.design import RATE, InstrumentDesign
from transfer.instrument.learned_room import LearnedRoom
from transfer.instrument.material import Crop
from transfer.instrument.net import InstrumentNet
from transfer.instrument.passage import Passage
from transfer.instrument.rendering import Renderer
from transfer.instrument.room import ROOM, Room, read_room, told_room
from transfer.instrument.stream import InstrumentOptions, InstrumentStream

N_ROOM = 300
ROOMY = dataclasses.replace(TINY, n_room=N_ROOM)
TAPS = (np.random.default_rng(5).standard_normal(N_ROOM) * np.geomspace(0.3, 0.003, N_ROOM)).astype(np.float32)
ANSWER = np.concatenate([[1.0], TAPS])


def in_the_room(sound):
    return scipy.signal.fftconvolve(sound.astype(np.float64), ANSWER[None], axes=1)[:, : sound.shape[1]]


def phrase(seconds=0.25):
    time_s = np.arange(round(seconds * RATE)) / RATE
    swell = np.sin(np.pi * time_s / time_s[-1])
    return (0.3 * swell * np.sin(2 * np.pi * 220 * time_s * (1 + 0.1 * time_s)))[None].astype(np.float32)


def heard(net, sound, cuts=()):
    stream = InstrumentStream(NetSession(net), None, InstrumentOptions(4096, is_block_fixed=False))
    return np.concatenate([stream.process(block) for block in np.split(sound, cuts, axis=1)], axis=1)


def test_it_is_told_to_the_last_bit():
    np.testing.assert_array_equal(read_room({ROOM: told_room(TAPS)}, N_ROOM), TAPS)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({}, "cannot be read"),
        ({ROOM: 3}, "cannot be read"),
        ({ROOM: "no base64!"}, "cannot be read"),
        ({ROOM: told_room(TAPS[:-1])}, "has 299 taps, not 300 numbers"),
        ({ROOM: told_room(TAPS * np.float32(np.nan))}, "train it again"),
    ],
)
def test_a_damaged_one_is_one_line(options, complaint):
    with pytest.raises(ModelError, match=complaint):
        read_room(options, N_ROOM)


def test_hop_by_hop_it_is_the_convolution_until_reset():
    room = Room({ROOM: told_room(TAPS)}, ROOMY)
    sound = np.random.default_rng(6).standard_normal((1, 20 * ROOMY.hop)).astype(np.float32)
    for _ in range(2):
        made = np.concatenate([room.process(hop).copy() for hop in np.split(sound, 20, axis=1)], axis=1)
        assert null_db(made, in_the_room(sound)) < CONVOLVED_DB
        room.reset()


def test_it_begins_as_none_and_is_learned_as_it_is_played():
    sound = torch.from_numpy(phrase()[0])
    np.testing.assert_allclose(LearnedRoom(N_ROOM)(sound).detach(), sound, atol=1e-6)
    with torch.inference_mode():
        made = tiny_net(TAPS).room(sound).numpy()
    assert null_db(made[None], in_the_room(phrase())) < CONVOLVED_DB


def test_a_stream_is_what_it_was_without_in_the_room_and_no_later():
    expected = in_the_room(heard(tiny_net(), phrase()))
    assert null_db(heard(tiny_net(TAPS), phrase()), expected) < CONVOLVED_DB


def test_cut_anywhere_it_is_the_same_sound():
    sound = phrase()
    cuts = np.cumsum(np.random.default_rng(7).integers(1, 400, 40))
    assert null_db(heard(tiny_net(TAPS), sound, cuts), heard(tiny_net(TAPS), sound)) < CUT_FLOAT32_DB


def test_it_rings_out_and_reset_forgets_it():
    stream = InstrumentStream(NetSession(tiny_net(TAPS)), None, InstrumentOptions(4096, is_block_fixed=False))
    first = stream.process(phrase())
    silence = stream.process(np.zeros((1, RATE), np.float32))
    assert np.isfinite(silence).all()
    assert np.abs(silence[:, -RATE // 4 :]).max() < 1e-4
    stream.reset()
    np.testing.assert_array_equal(stream.process(phrase()), first)


def test_a_passage_hears_what_was_sounded_before_it():
    """It is the end of a longer one, whose room rings from there: 375 Hz begin anew with every hop."""
    net, renderer, n_frames = tiny_net(TAPS), Renderer(ROOMY), 40
    renderer._bands.zero_()  # noise is another each time
    pitch, loudness = np.full(n_frames, 375, np.float32), np.full(n_frames, -20, np.float32)
    made = []
    for n_before in (4, 16):
        wanted = np.zeros((n_frames - n_before) * ROOMY.hop, np.float32)
        passage = Passage.of(Crop(pitch, loudness, None, None, wanted, n_before), renderer)
        with torch.inference_mode():
            made.append(passage.render(net, renderer).numpy()[None])
    longer, short = made
    assert short.shape == (1, 24 * ROOMY.hop)
    assert null_db(short, longer[:, -short.shape[1] :]) < CUT_FLOAT32_DB


def test_a_model_tells_its_room_and_keeps_it_out_of_the_graph(tmp_path):
    card = ModelCard("roomy", "CC0", {}, ())
    artifact = write_stream_artifact(tiny_net(TAPS), card, tmp_path / "roomy")
    session = open_engine("onnxruntime", artifact, SessionOptions("fp32", 1, n_frames=1))
    stream = InstrumentStream(session, None, InstrumentOptions(4096, is_block_fixed=False))
    assert null_db(stream.process(phrase()), heard(tiny_net(TAPS), phrase())) < CUT_FLOAT32_DB


def test_designs_of_before_have_none():
    told = {key: value for key, value in ROOMY.to_dict().items() if key != "n_room"}
    assert InstrumentDesign.from_dict(told) == TINY
    assert InstrumentDesign.from_dict(ROOMY.to_dict()) == ROOMY
    assert InstrumentNet(TINY).room is None
