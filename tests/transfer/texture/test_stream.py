import numpy as np
import pytest

from mixassist.dsp.scores import null_db
from mixassist.errors import AudioError
from mixassist.runtime import open_session
from mixassist.runtime.artifact import ModelCard
from mixassist.runtime.layers.artifact import write_stream_artifact
from tests.tolerances import CUT_FLOAT32_DB, ENGINE_FP32_DB
from tests.transfer.instrument.tiny_instrument import NetSession
from tests.transfer.texture.tiny_texture import tiny_net
from transfer.catalogue import BUILDERS
from transfer.instrument.stream import InstrumentOptions
from transfer.texture.design import KIND
from transfer.texture.stream import TextureStream


def open_stream(block=128, is_block_fixed=True):
    return TextureStream(NetSession(tiny_net()), InstrumentOptions(block, is_block_fixed))


def fed(stream, sound, cuts):
    return np.concatenate([stream.process(block) for block in np.split(sound, cuts, axis=1)], axis=1)


@pytest.fixture
def chord():
    time_s = np.arange(128 * 40) / 48000
    return (0.1 * sum(np.sin(2 * np.pi * hz * time_s) for hz in (220, 277, 330)))[None].astype(np.float32)


def test_cut_anywhere_it_is_the_same_sound(chord):
    whole = fed(open_stream(), chord, np.arange(128, chord.shape[1], 128))
    for stream, cuts in (
        (open_stream(64), np.arange(64, chord.shape[1], 64)),
        (open_stream(1024), np.arange(1024, chord.shape[1], 1024)),
        (open_stream(4096, is_block_fixed=False), [1, 66, 578, 4000]),
    ):
        late = stream.latency_samples - open_stream().latency_samples
        made = fed(stream, chord, cuts)
        assert null_db(made[:, late:], whole[:, : chord.shape[1] - late]) < CUT_FLOAT32_DB


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino", "torch"])
def test_every_engine_plays_long_blocks(tmp_path, chord, engine):
    artifact = write_stream_artifact(tiny_net(), ModelCard("tiny", "none"), tmp_path / "tiny")
    session = open_session(artifact, engine, "fp32", 1, BUILDERS[KIND], n_frames=artifact.spec.block_multiple)
    stream = TextureStream(session, InstrumentOptions(4096, is_block_fixed=False))
    late = stream.latency_samples - open_stream().latency_samples
    whole = fed(open_stream(), chord, np.arange(128, chord.shape[1], 128))
    assert null_db(stream.process(chord)[:, late:], whole[:, : chord.shape[1] - late]) < ENGINE_FP32_DB


def test_reset_begins_anew_with_the_same_noise(chord):
    stream = open_stream(4096, is_block_fixed=False)
    first = stream.process(chord)
    stream.reset()
    np.testing.assert_array_equal(stream.process(chord), first)


def test_a_broken_sample_is_heard_as_silence(chord):
    broken, mended = chord.copy(), chord.copy()
    broken[0, 500:503], mended[0, 500:503] = (np.nan, np.inf, -np.inf), 0
    np.testing.assert_array_equal(*(open_stream(4096, False).process(sound) for sound in (broken, mended)))


def test_other_blocks_than_promised_are_refused(chord):
    with pytest.raises(AudioError, match="the stream takes 128"):
        open_stream().process(chord)
    with pytest.raises(AudioError, match="2 channels, the stream takes 1"):
        open_stream(4096, False).process(np.repeat(chord, 2, axis=0))
