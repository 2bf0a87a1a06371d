"""`mixassist amp run` and `amp info` as a shell sees them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from tests.amp_models.numpy_amp import render
from tests.amp_models.random_nams import container, linear, lstm, wavenet
from tests.signals import noise
from tests.tolerances import AMP_SAMPLES

SECOND = np.zeros((2, 44100), np.float32)


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "box.nam"
    path.write_text(json.dumps(linear() | {"metadata": {"name": "Box", "loudness": -30.0, "input_level_dbu": 12.0}}))
    return path


@pytest.fixture
def take(tmp_path):
    path = tmp_path / "take.wav"
    write_audio(path, AudioBuffer(noise(6000, amplitude=0.1), 44100))
    return path


def test_run_writes_the_take_through_the_amp(mixassist, model, take, tmp_path):
    done = mixassist("amp", "run", model, take, "-o", tmp_path / "out.flac", "--json")
    assert done.code == 0
    written = read_audio(tmp_path / "out.flac")
    assert (written.rate, written.samples.shape) == (44100, (2, 6000))
    assert done.json["model"] == "Box"
    assert (done.json["frames"], done.json["rate"], done.json["findings"]) == (6000, 44100, [])


def test_run_plays_what_numpy_renders(mixassist, model, tmp_path):
    x = noise(3000, n_channels=1)
    write_audio(tmp_path / "in.wav", AudioBuffer(x, 48000))
    x = read_audio(tmp_path / "in.wav").samples
    words = ("amp", "run", model, tmp_path / "in.wav", "-o", tmp_path / "out.wav", "--bit-depth", "32f")
    assert mixassist(*words).code == 0
    np.testing.assert_allclose(read_audio(tmp_path / "out.wav").samples[0], render(linear(), x[0]), atol=AMP_SAMPLES)


def test_run_times_the_playing_alone(mixassist, model, take, tmp_path, monkeypatch):
    now_s = [0.0]

    def lasting(seconds, made):
        def run(*_):
            now_s[0] += seconds
            return made

        return run

    monkeypatch.setattr("cli.amp.time", SimpleNamespace(perf_counter=lambda: now_s[0]))
    monkeypatch.setattr("cli.amp._changed", lasting(100.0, []))
    monkeypatch.setattr(
        "cli.amp._play", lambda amp, take, writer, options: lasting(0.5, None)() or writer.write(SECOND)
    )
    done = mixassist("amp", "run", model, take, "-o", tmp_path / "out.wav", "--json")
    assert done.json["times_real_time"] == 2


def test_run_says_what_was_clipped(mixassist, model, take, tmp_path):
    done = mixassist("amp", "run", model, take, "-o", tmp_path / "out.wav", "--input-dbu", "60")
    assert done.code == 0
    assert "samples were clipped, the highest at" in done.out


def test_run_overwrites_nothing_unasked(mixassist, model, take):
    done = mixassist("amp", "run", model, take, "-o", take)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "exists: pass --force" in done.error_lines[0]
    assert mixassist("amp", "run", model, take, "-o", take, "--force").code == 0


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("", (), "is damaged or cut off after 0 bytes"),
        (json.dumps(wavenet("new"))[:-300], (), "is damaged or cut off"),
        (json.dumps(wavenet("new") | {"weights": [0.5]}), (), "the file holds 1 weights, its WaveNet takes"),
        (json.dumps(wavenet("new") | {"config": {}}), (), "a WaveNet's config cannot be read (KeyError('layers'))"),
        (json.dumps(wavenet("new") | {"version": "0.9.0"}), (), "is of version 0.9.0"),
        (json.dumps(wavenet("new") | {"architecture": "Transformer"}), (), "a network of kind 'Transformer'"),
        (json.dumps(lstm()), ("--normalize",), "does not say how loud it is"),
        (json.dumps(lstm()), ("--size", "0.5"), "no sizes to choose from"),
    ],
)
def test_run_says_in_one_line_what_is_wrong(content, options, message, mixassist, take, tmp_path):
    path = tmp_path / "broken.nam"
    path.write_text(content)
    done = mixassist("amp", "run", path, take, "-o", tmp_path / "out.wav", *options)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "broken.nam" in done.error_lines[0]
    assert message in done.error_lines[0]
    assert not (tmp_path / "out.wav").exists()


def test_run_refuses_formats_it_cannot_write(mixassist, model, take, tmp_path):
    done = mixassist("amp", "run", model, take, "-o", tmp_path / "out.aiff")
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "format 'aiff' is unknown" in done.error_lines[0]


def test_info_shows_what_is_known(mixassist, model):
    shown = mixassist("amp", "info", model).out
    for text in ("Box", "Linear", "48000 Hz", "9 samples", "-30 dBFS", "12 dBu"):
        assert text in shown
    assert mixassist("amp", "info", model, "--json").json["loudness_db"] == -30.0


def test_info_tells_sizes_apart(mixassist, tmp_path):
    path = tmp_path / "two.nam"
    path.write_text(json.dumps(container()))
    large, small = (mixassist("amp", "info", path, "--json", *size).json for size in ((), ("--size", "0")))
    assert large["sizes"] == small["sizes"] == [0.5, 1.0]
    assert large["n_weights"] > small["n_weights"]
