"""Oversampled amps: what a dilation of the network would give, the same by any engine's way, with a known delay."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest
import scipy.signal

from amp_models import Amp, PlayOptions, load_amp
from amp_models.playing.oversampling import OversampledSession, open_oversampled
from amp_models.playing.play_path import open_amp_stream
from mixassist import AudioBuffer
from mixassist.errors import ModelError, OptionError
from mixassist.runtime import open_session
from mixassist.runtime.stepper import PlainStepper, open_stepper
from mixassist.runtime.streaming.plan import HostFormat
from tests.amp_models.numpy_amp import render
from tests.amp_models.random_nams import EVERY
from tests.signals import noise
from tests.tolerances import AMP_SAMPLES, OVERSAMPLED_AMP_DB, OVERSAMPLED_STREAM_DB, STREAM_RESAMPLED_DB

NAMES = ("legacy", "two lstms")


@pytest.fixture(scope="module")
def amps(tmp_path_factory) -> dict[str, Amp]:
    folder = tmp_path_factory.mktemp("amps")

    def load(name: str) -> Amp:
        path = folder / f"{name}.nam"
        path.write_text(json.dumps(EVERY[name]))
        return load_amp(path)

    return {name: load(name) for name in (*NAMES, "impulse response")}


def session(amp: Amp, factor: int, n_frames: int = 64, n_batch: int = 1) -> OversampledSession:
    plain = open_session(
        amp.artifact, "onnxruntime", "fp32", 1, device="cpu", n_frames=n_frames, n_batch=factor * n_batch
    )
    return OversampledSession(plain, factor)


def test_a_wavenet_is_dilated(amps):
    """The very network with dilations times 3, rendered in numpy, is the truth."""
    dilated = copy.deepcopy(EVERY["legacy"])
    for array in dilated["config"]["layers"]:
        array["dilations"] = [3 * dilation for dilation in array["dilations"]]
    x = 0.3 * noise(3 * 640, n_channels=1)
    stepper = open_stepper(session(amps["legacy"], 3), 3 * 64)
    found = []
    for block in np.split(x, 10, axis=1):
        stepper.inputs["audio"][0] = block
        stepper.step()
        found.append(stepper.outputs["audio_out"][0].copy())
    np.testing.assert_allclose(np.concatenate(found, axis=1)[0], render(dilated, x[0]), atol=AMP_SAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_each_phase_is_a_stream_of_the_network_as_it_is(amps, name):
    x = 0.3 * noise(4 * 256, n_channels=1)
    stepper = open_stepper(session(amps[name], 4, 256), 4 * 256)
    stepper.inputs["audio"][0] = x
    stepper.step()
    for phase in range(4):
        expected = render(EVERY[name], x[0, phase::4])
        np.testing.assert_allclose(stepper.outputs["audio_out"][0, 0, phase::4], expected, atol=AMP_SAMPLES)


@pytest.mark.parametrize("name", NAMES)
def test_bound_or_not_the_session_gives_the_same(amps, name):
    oversampled = session(amps[name], 2, n_batch=2)
    bound, plain = oversampled.bind(128, 2), PlainStepper(oversampled, 128, 2)
    for block in np.split(0.3 * noise(1280, n_channels=2), 10, axis=1):
        for stepper in (bound, plain):
            stepper.inputs["audio"][:, 0] = block
            stepper.step()
        np.testing.assert_allclose(bound.outputs["audio_out"], plain.outputs["audio_out"], atol=AMP_SAMPLES)
    first = plain.outputs["audio_out"].copy()
    for stepper in (bound, plain):
        stepper.reset()
        stepper.step()
    np.testing.assert_allclose(bound.outputs["audio_out"], plain.outputs["audio_out"], atol=AMP_SAMPLES)
    assert np.abs(plain.outputs["audio_out"] - first).max() > AMP_SAMPLES


@pytest.mark.parametrize("factor", [2, 4])
@pytest.mark.parametrize("rate", [48000, 44100])
@pytest.mark.parametrize("block", [64, 100])
def test_the_delay_is_the_declared_one(amps, factor, rate, block):
    """A short linear response on a smooth pulse: late by what is declared, and else the same.

    The amp rests beside zero, which the changes of rate answer at the start; that is left out.
    """
    amp = amps["impulse response"]
    options = PlayOptions(oversampling=factor)
    stream = open_amp_stream(amp.artifact, HostFormat(block, rate), options)
    plain = open_amp_stream(amp.artifact, HostFormat(block, rate), PlayOptions())
    pulse = np.zeros((1, 40 * block), np.float32)
    pulse[0, 600 : 600 + 201] = scipy.signal.windows.blackmanharris(201)
    late, early = (
        np.concatenate([player.process(piece).copy() for piece in np.split(pulse, 40, axis=1)], axis=1)[0]
        for player in (stream, plain)
    )
    n_later = stream.latency_samples - plain.latency_samples
    error = (late[n_later:] - early[: len(late) - n_later])[400:]
    assert 10 * np.log10(np.sum(error**2) / np.sum(early[400:] ** 2)) < STREAM_RESAMPLED_DB


@pytest.mark.parametrize("factor", [2, 4])
def test_a_linear_amp_sounds_the_same(amps, factor):
    x = AudioBuffer(low(noise(9600)), 48000)
    plain, oversampled = (amps["impulse response"].play(x, PlayOptions(oversampling=by)).samples for by in (1, factor))
    middle = slice(2000, -2000)
    error = (oversampled - plain)[:, middle]
    assert 20 * np.log10(np.std(error) / np.std(plain[:, middle])) < OVERSAMPLED_AMP_DB


def low(samples: np.ndarray) -> np.ndarray:
    """Without what changes of rate take away near half the rate."""
    return scipy.signal.sosfiltfilt(scipy.signal.cheby2(12, 120, 18000, fs=48000, output="sos"), samples).astype("f")


@pytest.mark.parametrize("rate", [48000, 44100])
def test_offline_and_live_are_the_same(amps, rate):
    options = PlayOptions(oversampling=2)
    amp, x = amps["two lstms"], low(0.3 * noise(6400, n_channels=2))
    stream = open_amp_stream(amp.artifact, HostFormat(64, rate, 2), options)
    live = np.concatenate([stream.process(block).copy() for block in np.split(x, 100, axis=1)], axis=1)
    offline = amp.play(AudioBuffer(x, rate), options).samples
    n_late = stream.latency_samples
    live, offline = live[:, 1000 + n_late :], offline[:, 1000 : x.shape[1] - n_late]
    assert 20 * np.log10(np.std(low(live - offline)) / np.std(offline)) < OVERSAMPLED_STREAM_DB


@pytest.mark.parametrize("n_frames", [1, 63, 2049, 5000])
def test_any_length_is_kept(amps, n_frames):
    played = amps["legacy"].play(AudioBuffer(noise(n_frames), 44100), PlayOptions(oversampling=4))
    assert played.samples.shape == (2, n_frames)


def test_the_face_is_that_of_a_network_of_the_higher_rate(amps):
    spec = open_oversampled(amps["legacy"].artifact, 4, HostFormat(64, 48000, 2), "onnxruntime").spec
    assert (spec.rate, spec.block_multiple, spec.latency_samples) == (192000, 4, 0)
    assert all(state.shape[:2] == (None, 4) for state in spec.states)
    with pytest.raises(ModelError, match="multiples of 4"):
        spec.check_frames(63)


def test_other_factors_are_refused():
    with pytest.raises(OptionError, match="oversampling by 3 is not offered: take 1, 2, 4"):
        PlayOptions(oversampling=3)


@pytest.mark.parametrize("factor", [1, 2])
def test_amps_are_played_in_full_precision(amps, factor, cache):
    """Where bf16 is fastest a free choice would take it, and be heard as noise at -50 dB."""
    options = PlayOptions(engine="openvino", oversampling=factor)
    stream = open_amp_stream(amps["legacy"].artifact, HostFormat(64, factor * 48000, 1), options)
    assert stream.session.precision == "fp32"
