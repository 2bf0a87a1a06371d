"""Controls: turned smoothly, the same way for any blocks, on every engine, without allocating."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixassist.dsp.scores import null_db
from mixassist.errors import ModelError, OptionError
from mixassist.runtime import open_stream
from mixassist.runtime.artifact import ModelCard
from mixassist.runtime.engines import SessionOptions, open_engine
from mixassist.runtime.layers.artifact import write_stream_artifact
from mixassist.runtime.probe import bound_db, replay_golden
from mixassist.runtime.stepper import PlainStepper, open_stepper
from mixassist.runtime.streaming.control import TURN_TIME_S, Control
from mixassist.runtime.streaming.stream import StreamOptions
from tests.runtime.controlled_network import DEFAULT, HERE, controlled
from tests.runtime.streaming.stream_sessions import EchoSession, pieces
from tests.signals import noise
from tests.tolerances import ENGINE_FP32_DB, STREAM_FLOAT32_DB

N_TURN = round(TURN_TIME_S * 48000)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory):
    return write_stream_artifact(controlled(), ModelCard("bent", "MIT"), tmp_path_factory.mktemp("bent") / "bent")


def opened(artifact, block=64, engine="onnxruntime", **options):
    builder = f"{HERE}:build" if engine == "torch" else None
    return open_stream(artifact, block, options=StreamOptions(engine=engine, torch_builder=builder, **options))


def play(stream, samples):
    return np.concatenate([stream.process(block).copy() for block in pieces(samples, stream.host.block)], axis=1)


@torch.no_grad()
def offline(samples, knobs):
    """The network's answer to samples [C, T], with the knobs where they are in [2] or [2, T], in float64."""
    turned = torch.tensor(knobs, dtype=torch.float64).reshape(2, -1).expand(2, samples.shape[1])[None]
    audio = torch.from_numpy(samples[:, None]).double()
    return controlled().double().run_whole(audio, knobs=turned.expand(len(audio), -1, -1))[:, 0].numpy()


def ramp(start, end, n_frames):
    """The way of a control [n, n_frames], turned before the first frame."""
    start, end = np.array(start)[:, None], np.array(end)[:, None]
    return start + np.clip(end - start, *(sign * np.arange(1, n_frames + 1) / N_TURN for sign in (-1, 1)))


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino", "torch"])
def test_a_stream_with_a_fixed_knob_is_the_offline_network(artifact, engine):
    samples = noise(640, n_channels=1, amplitude=0.3)
    stream = opened(artifact, engine=engine, precision="fp32")
    assert stream.controls == {"knobs": DEFAULT}
    assert null_db(play(stream, samples), offline(samples, DEFAULT)) < STREAM_FLOAT32_DB
    stream.turn("knobs", [0.9, 0.1])
    stream.reset()
    assert null_db(play(stream, samples), offline(samples, [0.9, 0.1])) < STREAM_FLOAT32_DB
    assert stream.controls == {"knobs": (0.9, 0.1)}


@pytest.mark.parametrize("block", [1, 64, 65, 512])
def test_a_turn_is_the_same_in_any_blocks(artifact, block):
    samples = noise(block * -(-3 * N_TURN // block), n_channels=1, amplitude=0.3)
    stream = opened(artifact, block)
    stream.turn("knobs", [1.0, 0.0])
    assert null_db(play(stream, samples), offline(samples, ramp(DEFAULT, (1, 0), samples.shape[1]))) < STREAM_FLOAT32_DB


def test_all_channels_of_a_host_are_turned(artifact):
    samples = noise(640, amplitude=0.3)
    stream = opened(artifact, n_channels=2)
    stream.turn("knobs", [0.0, 1.0])
    stream.reset()
    assert null_db(play(stream, samples), offline(samples, [0.0, 1.0])) < STREAM_FLOAT32_DB


@pytest.mark.parametrize("engine", ["onnxruntime", "openvino"])
def test_engines_agree_on_controls(artifact, engine):
    session = open_engine(engine, artifact, SessionOptions("fp32", 1, use_cache=False, n_frames=64))
    assert replay_golden(session, artifact.golden()) < ENGINE_FP32_DB
    assert bound_db(open_stepper(session, 64), PlainStepper(session, 64)) < ENGINE_FP32_DB


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 1500)), max_size=5), st.integers(1, 700))
def test_the_way_does_not_depend_on_the_runs(turns, n_run):
    """Turned at the same frames, a control gives the same frames in runs of one and of many."""
    ways = []
    for length in (1, n_run):
        frames = np.zeros((2, 1, length), np.float32)
        control, given_frames = Control(frames, [0.5], 48000), []
        for percent, n_frames in turns:
            control.turn("gain", [percent / 100])
            for _ in range(-(-n_frames // n_run) * n_run // length):
                control.advance()
                given_frames.append(frames.copy())
        ways.append(np.concatenate(given_frames, axis=-1) if given_frames else frames[..., :0])
    np.testing.assert_allclose(*ways, atol=1e-6)
    np.testing.assert_array_equal(ways[0][0], ways[0][1])
    assert np.abs(np.diff(ways[0])).max(initial=0) < 1.001 / N_TURN


def test_a_control_arrives_exactly_and_stays():
    frames = np.zeros((1, 2, 100), np.float32)
    control = Control(frames, [0.2, 0.8], 48000)
    control.turn("knobs", [0.7, 0.8])
    for _ in range(6):
        control.advance()
    np.testing.assert_array_equal(frames[0], np.array([[0.7], [0.8]], np.float32).repeat(100, axis=1))


def test_a_turning_control_allocates_no_array(artifact):
    stream, samples = opened(artifact, 1024), noise(1024, n_channels=1)
    growths = []
    tracemalloc.start()
    try:
        for _ in range(4):
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            stream.turn("knobs", [1.0, 0.0])
            for _ in range(3):
                stream.process(samples)
            growths.append(tracemalloc.get_traced_memory()[1] - before)
            stream.turn("knobs", [0.0, 1.0])
            play(stream, noise(4096, n_channels=1))
    finally:
        tracemalloc.stop()
    assert min(growths) < 4000


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("tone", [0.5], "no control 'tone': it has knobs"),
        ("knobs", [0.5], "control knobs takes 2 values, not 1"),
        ("knobs", [0.5, 1.2], r"control knobs is turned to 1\.2: it goes from 0 to 1"),
        ("knobs", [float("nan"), 0.5], "control knobs is turned to nan"),
    ],
)
def test_what_cannot_be_turned_says_so(artifact, name, values, message):
    stream = opened(artifact)
    with pytest.raises(OptionError, match=message):
        stream.turn(name, values)
    assert stream.controls == {"knobs": DEFAULT}


def test_a_model_without_controls_says_so():
    with pytest.raises(OptionError, match="the model has no control 'gain': it has none"):
        open_stream(EchoSession()).turn("gain", [0.5])


def test_a_swap_brings_controls_at_their_defaults(artifact):
    stream = opened(artifact)
    stream.turn("knobs", [0.0, 0.0])
    stream.swap(artifact)
    assert stream.controls == {"knobs": DEFAULT}
    stream.turn("knobs", [1.0, 1.0])
    stream.reset()
    samples = noise(640, n_channels=1, amplitude=0.3)
    assert null_db(play(stream, samples), offline(samples, [1.0, 1.0])) < STREAM_FLOAT32_DB


def test_an_input_that_is_no_control_is_refused(artifact):
    from dataclasses import replace

    session = open_engine("onnxruntime", artifact, SessionOptions("fp32", 1))
    session.spec = replace(session.spec, options={})
    with pytest.raises(ModelError, match=r"takes audio .*, knobs .* and controls as its options name them"):
        open_stream(session)
