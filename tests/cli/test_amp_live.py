"""`mixassist amp live` as a shell sees it, with a sound card that is none; and what `amp run` and `info` share."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from amp_models import PlayOptions, load_amp
from mixassist import AudioBuffer, read_audio, write_audio
from tests.amp_models.random_nams import EVERY, linear
from tests.audio.simulated_card import FakeSounddevice
from tests.signals import noise
from tests.tolerances import AMP_SAMPLES


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("amps") / "box.nam"
    path.write_text(json.dumps(EVERY["legacy"] | {"metadata": {"name": "Box", "loudness": -30.0}}))
    return path


@pytest.fixture
def cabinet(tmp_path):
    write_audio(tmp_path / "ir.wav", AudioBuffer(np.exp(-np.arange(900) / 90)[None].astype(np.float32), 44100))
    return tmp_path / "ir.wav"


@pytest.fixture
def card(monkeypatch):
    module = FakeSounddevice(0.3 * noise(48000, n_channels=2), xruns=(7,))
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


def test_live_plays_the_amp_and_sums_up(mixassist, model, cabinet, card):
    words = (
        "amp",
        "live",
        model,
        "--cab",
        cabinet,
        "--normalize",
        "--block",
        "480",
        "--ahead",
        "4",
        "--seconds",
        "0.4",
    )
    done = mixassist(*words, "--json")
    assert done.code == 0
    summary = done.json
    assert (summary["model"], summary["n_xruns"]) == ("Box", 1)
    assert summary["latency_ms"] == pytest.approx(40)
    assert summary["timing"]["n_blocks"] >= summary["n_blocks"] - summary["n_misses"]
    assert "playing at 48000 Hz in blocks of 480 (10.0 ms), latency 45.0 ms" in done.err
    if summary["n_misses"]:
        return
    played = card.streams[0].played[0]
    options = PlayOptions(is_normalized=True, cabinet=cabinet)
    expected = load_amp(model).play(AudioBuffer(card.signal[:1], 48000), options).samples[0]
    found, expected = played[4 * 480 :], expected[: len(played) - 4 * 480]
    np.testing.assert_allclose(found[9600:], expected[9600:], atol=0.02 * np.abs(expected).max())


def test_live_tells_people_how_it_went(mixassist, model, card):
    done = mixassist("amp", "live", model, "--oversample", "2", "--seconds", "0.1", "--ahead", "4")
    assert done.code == 0
    assert done.out.startswith("Box: ")
    assert "1 xruns; a block took" in done.out


def test_live_asks_for_the_card_that_was_named(mixassist, model, card):
    words = ("amp", "live", model, "--device", "0", "--output-device", "Loudspeaker", "--input", "2", "--rate", "44100")
    assert mixassist(*words, "--seconds", "0.05").code == 0
    settings = card.streams[0].settings
    assert (settings.samplerate, settings.blocksize, settings.device) == (44100, 64, (0, "Loudspeaker"))
    assert settings.channels == (2, 1)


def test_ctrl_c_ends_it_well(mixassist, model, card, monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cli.live_display.Display.look", interrupt)
    done = mixassist("amp", "live", model)
    assert done.code == 0
    assert "blocks came too late" in done.out
    assert card.streams[0].is_closed


def test_no_sound_card_is_one_line_with_the_cure(mixassist, model, card):
    card.cards = []
    done = mixassist("amp", "live", model)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "choose another rate, block or card (this machine has none)" in done.error_lines[0]


def test_no_library_is_one_line_with_the_cure(mixassist, model, monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    done = mixassist("amp", "live", model)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "pip install 'mixassist[live]'" in done.error_lines[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--oversample", "3"), "oversampling by 3 is not offered: take 1, 2, 4"),
        (("--block", "0"), "block is 0: at least 1 is needed"),
        (("--input", "0"), "first_input is 0: inputs are counted from 1"),
        (("--rate", "12345"), "cannot be resampled to a stream of 12345 Hz"),
        (("--cab", "absent.wav"), "absent.wav"),
        (("--input-dbu", "12"), "does not say at what level it was captured"),
    ],
)
def test_live_says_in_one_line_what_cannot_be(options, message, mixassist, model, card):
    done = mixassist("amp", "live", model, *options)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert message in done.error_lines[0]
    assert card.streams == []


def test_run_plays_through_a_cabinet_oversampled(mixassist, model, cabinet, tmp_path):
    write_audio(tmp_path / "in.wav", AudioBuffer(0.3 * noise(9600), 44100))
    words = ("amp", "run", model, tmp_path / "in.wav", "-o", tmp_path / "out.wav", "--bit-depth", "32f")
    done = mixassist(*words, "--cab", cabinet, "--oversample", "2", "--json")
    assert done.code == 0
    x = read_audio(tmp_path / "in.wav")
    expected = load_amp(model).play(x, PlayOptions(cabinet=cabinet, oversampling=2)).samples
    np.testing.assert_allclose(read_audio(tmp_path / "out.wav").samples, expected, atol=AMP_SAMPLES)


def test_run_says_where_oversampling_changes_the_sound(mixassist, tmp_path):
    """One sample late at its own rate: two halves of one late at twice the rate, were it not for a kink at zero."""
    write_audio(tmp_path / "in.wav", AudioBuffer(0.3 * noise(4800), 48000))
    config = {"channels": 1, "dilations": [1], "batchnorm": False, "activation": "ReLU"}
    kink = {"version": "0.5.4", "architecture": "ConvNet", "config": config, "weights": [0.0, 1.0, 0.0, 1.0, 0.0]}
    (tmp_path / "kink.nam").write_text(json.dumps(kink | {"sample_rate": 48000}))
    words = ("amp", "run", tmp_path / "kink.nam", tmp_path / "in.wav", "-o", tmp_path / "out.wav", "--oversample", "2")
    assert [finding["code"] for finding in mixassist(*words, "--json").json["findings"]] == ["oversampling"]


def test_run_leaves_nothing_behind_a_bad_cabinet(mixassist, model, tmp_path):
    write_audio(tmp_path / "in.wav", AudioBuffer(noise(480), 48000))
    write_audio(tmp_path / "ir.wav", AudioBuffer(np.zeros((1, 90), np.float32), 48000))
    words = ("amp", "run", model, tmp_path / "in.wav", "-o", tmp_path / "out.wav", "--cab", tmp_path / "ir.wav")
    done = mixassist(*words)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "ir.wav is silent: give an impulse response" in done.error_lines[0]
    assert not (tmp_path / "out.wav").exists()


def test_info_measures_folded_tones(mixassist, tmp_path):
    (tmp_path / "filter.nam").write_text(json.dumps(linear()))
    rows = mixassist("amp", "info", tmp_path / "filter.nam", "--aliasing", "--json").json["aliasing"]
    assert [row["oversample"] for row in rows] == [1, 2, 4]
    assert all(row["ratio_db"] < -90 for row in rows)
    assert rows[0]["change_db"] is None
    assert rows[1]["change_db"] < -80
    assert "folded tones" in mixassist("amp", "info", tmp_path / "filter.nam", "--aliasing").out
