"""Networks of any channels on hosts of any channels."""

from dataclasses import replace

import numpy as np
import pytest

from mixassist.errors import ModelError
from mixassist.runtime.spec import TensorSpec
from mixassist.runtime.streaming.channels import N_WARM_UP, ChannelRunner, count_streams
from tests.runtime.streaming.stream_sessions import Echo, EchoSession
from tests.signals import noise


def run(runner, frames):
    out = np.empty_like(frames)
    runner.run(frames, out)
    return out


def test_a_mono_network_runs_once_per_channel_each_with_its_own_past():
    runner, frames = ChannelRunner(EchoSession(Echo(latency_samples=16)), 3, 16), noise(16, n_channels=3)
    assert not run(runner, frames).any()
    np.testing.assert_array_equal(run(runner, np.zeros_like(frames)), frames)


def test_a_network_of_several_channels_hears_each_or_all_of_a_mono_host():
    gains = (1.0, 0.5, 0.0, -0.5)
    several, mono = (ChannelRunner(EchoSession(Echo(n_channels=4), gains), n, 16) for n in (4, 1))
    frames = noise(16, n_channels=4)
    np.testing.assert_array_equal(run(several, frames), np.array(gains, np.float32)[:, None] * frames)
    np.testing.assert_allclose(run(mono, frames[:1]), 0.25 * frames[:1], rtol=1e-6)


def test_an_engine_is_warm_and_knows_nothing_before_anybody_listens():
    class Counting(EchoSession):
        def run(self, inputs):
            given = super().run(inputs)
            return {name: array + 1 for name, array in given.items()}

    session = Counting(Echo(latency_samples=16))
    runner = ChannelRunner(session, 1, 16)
    assert len(session.lengths) == N_WARM_UP
    np.testing.assert_array_equal(run(runner, np.zeros((1, 16), np.float32)), 1)


def test_streams_are_counted_as_they_will_run():
    mono, stereo = EchoSession().spec, EchoSession(Echo(n_channels=2)).spec
    assert [count_streams(mono, 1), count_streams(mono, 2), count_streams(stereo, 1), count_streams(stereo, 2)] == [
        1,
        2,
        1,
        1,
    ]


def tensor(name, *shape):
    return TensorSpec(name, shape)


@pytest.mark.parametrize(
    ("face", "told"),
    [
        (
            {"outputs": (tensor("audio_out", None, 2, None),)},
            r"takes audio \(None, 1, None\) and gives audio_out \(None, 2,",
        ),
        (
            {"inputs": (tensor("audio", None, 1, None), tensor("gain", None, 1))},
            r"takes audio .*, gain \(None, 1\) and",
        ),
        ({"inputs": ()}, "takes nothing and gives audio_out"),
        ({"outputs": (tensor("stems", None, 1, None),)}, r"gives stems \(None, 1, None\)"),
        ({"inputs": (tensor("audio", None, None),)}, r"takes audio \(None, None\)"),
    ],
)
def test_a_model_of_another_face_is_told_which_a_stream_needs(face, told):
    spec = replace(EchoSession().spec, **face)
    with pytest.raises(ModelError, match=told + ".*: a stream needs a model of one input, audio, and one output"):
        count_streams(spec, 1)
