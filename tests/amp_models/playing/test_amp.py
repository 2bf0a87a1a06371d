"""Amps played through the runtime: against numpy, at other rates and levels, from files, folders and the cache."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amp_models import Amp, PlayOptions, load_amp
from amp_models.playing.amp import describe_amp
from mixassist import AudioBuffer
from mixassist.errors import ModelError, OptionError
from mixassist.runtime import open_stream
from mixassist.runtime.cache import cache_dir
from mixassist.runtime.streaming.stream import StreamOptions
from tests.amp_models.numpy_amp import render
from tests.amp_models.random_nams import EVERY, container, linear, lstm, nam
from tests.signals import sine
from tests.tolerances import AMP_SAMPLES, RESAMPLED_AMP_DB

METADATA = {"name": "Box", "loudness": -24.0, "input_level_dbu": 12.0, "modeled_by": "A. Nonymous"}


def write(folder: Path, model: dict[str, Any], name: str = "box.nam") -> Path:
    path = folder / name
    path.write_text(json.dumps(model))
    return path


@pytest.fixture(scope="module")
def filter_amp(tmp_path_factory) -> Amp:
    """An impulse response: linear, so that what it does to a sine is known."""
    folder = tmp_path_factory.mktemp("amps")
    return load_amp(write(folder, linear() | {"metadata": METADATA}))


def take(n_frames: int = 5000, n_channels: int = 1) -> np.ndarray:
    return (0.3 * np.random.default_rng(3).standard_normal((n_channels, n_frames))).astype(np.float32)


@pytest.mark.parametrize("name", ["films", "two lstms"])
def test_an_amp_plays_what_numpy_renders(name, tmp_path):
    amp = load_amp(write(tmp_path, EVERY[name]))
    x = take(5000, n_channels=2)
    played = amp.play(AudioBuffer(x, 48000))
    expected = np.stack([render(EVERY[name], channel) for channel in x])
    assert played.samples.shape == x.shape
    assert np.abs(played.samples - expected).max() <= AMP_SAMPLES * max(1, np.abs(expected).max())


def test_an_amp_streams_what_it_plays(tmp_path):
    amp = load_amp(write(tmp_path, EVERY["films"]))
    x = take(1280)
    stream = open_stream(amp.artifact, 64, options=StreamOptions(engine="onnxruntime", device="cpu"))
    assert stream.latency_samples == 0
    heard = np.concatenate([stream.process(block).copy() for block in np.split(x, 20, axis=1)], axis=1)
    np.testing.assert_allclose(heard, amp.play(AudioBuffer(x, 48000)).samples, atol=AMP_SAMPLES)


@pytest.mark.parametrize("rate", [44100, 96000, 22050, 12345])
def test_other_rates_keep_frames_and_place(filter_amp, rate):
    """The response is short beside the sine's period: a shift by one frame would be heard as -27 dB."""
    n_frames = rate // 2 + 7
    x = sine(700, n_frames, rate)
    played = filter_amp.play(AudioBuffer(x, rate))
    assert (played.rate, played.samples.shape) == (rate, x.shape)
    response = np.asarray(linear()["weights"])
    gain = np.sum(response[:-1] * np.exp(-2j * np.pi * 700 / 48000 * np.arange(9)))
    expected = np.imag(0.5 * gain * np.exp(2j * np.pi * 700 * np.arange(n_frames) / rate)) + response[-1]
    middle = slice(n_frames // 4, -n_frames // 4)
    error = played.samples[0, middle] - expected[middle]
    assert 20 * np.log10(np.std(error) / np.std(expected[middle])) < RESAMPLED_AMP_DB


@pytest.mark.parametrize("n_frames", [1, 63, 2048, 2049])
@pytest.mark.parametrize("rate", [48000, 44100])
def test_any_length_is_kept(filter_amp, n_frames, rate):
    assert filter_amp.play(AudioBuffer(take(n_frames), rate)).n_frames == n_frames


def test_the_take_is_brought_to_the_level_of_the_capture(filter_amp):
    """12 dBu were 0 dBFS at the capture; a take where 18 dBu are has to come 6 dB louder."""
    x = take(500)
    louder = filter_amp.play(AudioBuffer(x, 48000), PlayOptions(input_dbu=18.0))
    expected = filter_amp.play(AudioBuffer(x * np.float32(10 ** (6 / 20)), 48000))
    np.testing.assert_allclose(louder.samples, expected.samples, atol=AMP_SAMPLES)


def test_normalising_brings_the_amp_to_the_usual_loudness(filter_amp):
    x = AudioBuffer(take(500), 48000)
    plain, normal = (filter_amp.play(x, PlayOptions(is_normalized=is_normal)) for is_normal in (False, True))
    np.testing.assert_allclose(normal.samples, plain.samples * 10 ** (6 / 20), rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (PlayOptions(input_dbu=18.0), "box.nam does not say at what level it was captured: leave --input-dbu out"),
        (PlayOptions(is_normalized=True), "box.nam does not say how loud it is: leave --normalize out"),
    ],
)
def test_levels_that_are_not_known_are_refused(options, message, tmp_path):
    amp = load_amp(write(tmp_path, lstm()))
    with pytest.raises(OptionError, match=message):
        amp.play(AudioBuffer(take(64), 48000), options)


def test_a_file_is_converted_once_and_again_where_the_copy_is_damaged(tmp_path, monkeypatch):
    path = write(tmp_path, linear(bias=False))
    first = load_amp(path)
    assert load_amp(write(tmp_path, linear(bias=False), "copy.nam")).facts.name == "copy.nam"
    assert first.artifact.path.parent == cache_dir() / "amps"
    made = (first.artifact.path / "model.json").stat().st_mtime_ns
    assert (load_amp(path).artifact.path / "model.json").stat().st_mtime_ns == made
    (first.artifact.path / "model.onnx").write_bytes(b"")
    assert load_amp(path).artifact.sha256 == first.artifact.sha256


def test_an_artifact_is_an_amp_too(filter_amp):
    again = load_amp(filter_amp.artifact.path)
    assert again.facts == filter_amp.facts
    assert describe_amp(filter_amp.artifact.path) == filter_amp.facts


def test_facts_are_what_the_author_wrote(tmp_path):
    facts = describe_amp(write(tmp_path, linear() | {"metadata": METADATA | {"gain": "high", "gear_make": ""}}))
    assert (facts.name, facts.loudness_db, facts.input_level_dbu, facts.compression) == ("Box", -24.0, 12.0, None)
    assert (facts.gear_make, facts.modeled_by, facts.reach_samples, facts.n_weights) == (None, "A. Nonymous", 9, 10)


def test_sizes_of_a_container_are_amps_of_their_own(tmp_path):
    path = write(tmp_path, container() | {"metadata": {"name": "Two"}})
    small, large = describe_amp(path, 0.0), describe_amp(path)
    assert (small.sizes, small.name, large.name) == ((0.5, 1.0), "Two", "Two")
    assert small.n_weights < large.n_weights
    x = take(300)
    expected = render(container()["config"]["submodels"][0]["model"], x[0])
    played = load_amp(path, 0.0).play(AudioBuffer(x, 48000)).samples[0]
    assert np.abs(played - expected).max() <= AMP_SAMPLES


def test_what_is_no_amp_says_so(tmp_path, stand_in):
    with pytest.raises(ModelError, match=r"is a folder without model\.json: give a \.nam file"):
        load_amp(tmp_path)
    with pytest.raises(ModelError, match=r"is a stand-in model: give an amp"):
        load_amp(stand_in("lstm-24").path)


def test_a_damaged_network_names_its_file(tmp_path):
    path = write(tmp_path, nam("Linear", {"receptive_field": 9, "bias": True}, [0.1] * 9))
    with pytest.raises(ModelError, match=r"box\.nam cannot be played: the file holds 9 weights, its Linear takes 10"):
        load_amp(path)
