"""How a stream comes by its engine: measured before anybody listens, never while somebody plays."""

import numpy as np
import pytest

from mixassist.errors import EngineError, OptionError
from mixassist.runtime import open_stream
from mixassist.runtime.choice import choose
from mixassist.runtime.engines import SessionOptions, find_engine, open_engine
from mixassist.runtime.measurement import Measurement
from mixassist.runtime.streaming.stream import StreamOptions
from tests.runtime.streaming.stream_sessions import EchoSession

BLOCK = 64


@pytest.fixture(autouse=True)
def no_measuring(cache, monkeypatch):
    def refused(*_, **__):
        raise AssertionError("somebody plays")

    monkeypatch.setattr("mixassist.runtime.session.choose", refused)


def playing(artifact, heard="onnxruntime", **options):
    """A stream that was opened for certain options, and is heard on a session of the engine `heard`."""
    session = open_engine(heard, artifact, SessionOptions(n_threads=1, n_frames=BLOCK, use_cache=False))
    return open_stream(session, BLOCK, options=StreamOptions(**options))


def swapped(stream, artifact):
    """The engine and precision that are heard after a swap to the artifact."""
    stream.swap(artifact, crossfade_ms=0)
    for _ in range(1000):
        stream.process(np.zeros((1, BLOCK), dtype=np.float32))
    return stream.session.engine, stream.session.precision


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_an_unknown_model_is_swapped_in_on_the_engine_that_plays(free_length, engine):
    stream = playing(free_length, engine)
    before = stream.session
    assert swapped(stream, free_length) == (engine, "fp32")
    assert stream.session is not before


def test_a_known_model_is_swapped_in_on_its_fastest_engine(free_length):
    def measured(candidate, artifact, options):
        seconds = 1.0 if candidate.engine == "openvino" and candidate.precision == "fp32" else 2.0
        version = find_engine(candidate.engine).version
        return Measurement(candidate.engine, candidate.precision, version, null_db=-100, limit_db=-80, seconds=seconds)

    options = SessionOptions("auto", 1, device="cpu", n_frames=BLOCK)
    choose(free_length, "auto", options, measure=measured)
    assert swapped(playing(free_length, device="cpu"), free_length) == ("openvino", "fp32")
    assert swapped(playing(free_length, device="cpu", engine="onnxruntime"), free_length) == ("onnxruntime", "fp32")


def test_an_engine_is_looked_for_with_the_blocks_and_streams_that_will_run(free_length, monkeypatch):
    asked = {}

    def opened(artifact, *words, **names):
        asked.update(names)
        return open_engine("onnxruntime", artifact, SessionOptions(n_threads=1))

    monkeypatch.setattr("mixassist.runtime.streaming.opening.open_session", opened)
    open_stream(free_length, 96, options=StreamOptions(n_channels=2))
    assert (asked["n_frames"], asked["n_batch"]) == (96, 2)


def test_what_is_asked_for_by_name_is_what_is_swapped_in(free_length):
    assert swapped(playing(free_length, engine="openvino"), free_length) == ("openvino", "fp32")
    stream = playing(free_length, engine="torch", device="cpu")
    with pytest.raises(EngineError, match="torch has no code"):
        stream.swap(free_length)


def test_a_session_of_no_engine_of_ours_takes_no_artifact(free_length):
    with pytest.raises(OptionError, match="engine 'fake' is unknown"):
        open_stream(EchoSession(), BLOCK).swap(free_length)
