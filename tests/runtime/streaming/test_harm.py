"""What could harm a stream: broken models and samples, blocks and models that do not fit."""

import numpy as np
import pytest

from mixassist.dsp.scores import null_db
from mixassist.errors import AudioError, ModelError
from mixassist.runtime import open_stream
from mixassist.runtime.spec import ModelSpec, TensorSpec
from mixassist.runtime.streaming.stream import StreamOptions
from tests.runtime.streaming.stream_sessions import (
    Echo,
    EchoSession,
    FragileSession,
    pieces,
    play,
)
from tests.signals import noise, sine
from tests.tolerances import STREAM_RESAMPLED_DB

VARYING = StreamOptions(is_block_fixed=False)
STEREO = StreamOptions(n_channels=2)


@pytest.mark.parametrize("is_able", [True, False])
def test_what_dies_away_ends_as_zeros(is_able, monkeypatch):
    """Below float32's smallest normal, 1.2e-38, where the CPU can be told to; well before that on any other."""
    if not is_able:
        monkeypatch.setattr("platform.machine", lambda: "riscv64")
    stream = open_stream(EchoSession(), 64)
    fading = np.float32(10.0) ** -np.arange(64, dtype=np.float32)[None]
    heard = play(stream, [fading])[0]
    np.testing.assert_array_equal(heard[:12], fading[0, :12])
    np.testing.assert_array_equal(heard[38:] if is_able else heard[30:], 0)


@pytest.mark.parametrize(
    "echo", [Echo(gain=0.5, latency_samples=5), Echo(gain=0.5, block_multiple=48), Echo(44100, 0.5)]
)
@pytest.mark.parametrize("mix", [0.0, 0.5, 1.0])
def test_a_model_that_breaks_is_heard_dry_and_starts_anew(echo, mix):
    sound = sine(997, 64 * 60, 48000)
    harmed = sound.copy()
    harmed[0, 64 * 10 + 3] = 1e30
    stream, whole, dry = (
        open_stream(session, 64, 48000) for session in (FragileSession(echo), *2 * [EchoSession(echo)])
    )
    for opened, share in ((stream, mix), (whole, mix), (dry, 0.0)):
        opened.mix = share
        opened.reset()
    heard, expected = play(stream, pieces(harmed, 64)), play(whole, pieces(sound, 64))
    bypassed = play(dry, pieces(harmed, 64))
    assert np.isfinite(heard).all()
    assert stream.timing.n_broken > 0
    assert whole.timing.n_broken == 0
    is_dry = (heard == bypassed).reshape(-1, 64).all(axis=1)
    assert is_dry[10:12].any(), "resampled, the block breaks a run later"
    np.testing.assert_array_equal(heard[:, : 64 * 10], expected[:, : 64 * 10])
    # A resampler that starts anew meets other phases of its filter, and its errors are others.
    assert null_db(heard[:, 64 * 30 :], expected[:, 64 * 30 :]) < STREAM_RESAMPLED_DB


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_broken_sample_is_silence_and_harms_nothing_after_it(broken):
    samples = noise(640, n_channels=2)
    silenced = samples.copy()
    samples[1, 100], silenced[1, 100] = broken, 0
    heard, expected = (
        play(open_stream(EchoSession(Echo(latency_samples=5)), 64, options=STEREO), pieces(given, 64))
        for given in (samples, silenced)
    )
    np.testing.assert_array_equal(heard, expected)


@pytest.mark.parametrize(
    ("block", "options"),
    [
        (np.zeros((1, 63), np.float32), StreamOptions()),
        (np.zeros((2, 64), np.float32), VARYING),
        (np.zeros((1, 64)), StreamOptions()),
        (np.zeros(64, np.float32), VARYING),
    ],
)
def test_a_block_that_does_not_fit_is_refused(block, options):
    with pytest.raises(AudioError, match=r"the block is .*, the stream takes float32 \[1, (64|any)\]: convert"):
        open_stream(EchoSession(), 64, options=options).process(block)


def test_models_that_do_not_stream_are_refused():
    waves = TensorSpec("audio", (None, 2, 500))
    session = EchoSession()
    session.spec = ModelSpec("song", 44100, 2, (waves,), (waves,))
    with pytest.raises(
        ModelError, match=r"a song model takes audio \(None, 2, 500\) and gives audio .*: a stream needs"
    ):
        open_stream(session)
    with pytest.raises(ModelError, match=r"model of 3 channels cannot serve a host of 2: .* n_channels=3 or 1"):
        open_stream(EchoSession(Echo(n_channels=3)), options=STEREO)
    with pytest.raises(ModelError, match="blocks of 0 frames"):
        open_stream(EchoSession(), block=0)
    with pytest.raises(ModelError, match="12345 Hz"):
        open_stream(EchoSession(), rate=12345)
    with pytest.raises(ModelError, match="not a model folder"):
        open_stream("nowhere")
