"""`mixassist transfer live` as a shell sees it, with a sound card that is none, and keys of a terminal that is one."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

from cli.keys import LOOK_S, keys_pressed
from mixassist import AudioBuffer, read_audio, write_audio
from mixassist.runtime import load_artifact
from tests.audio.simulated_card import FakeSounddevice
from tests.transfer.instrument.tiny_instrument import NetSession, tiny_net
from transfer.catalogue import EMBEDDED
from transfer.timbre import Timbre

MODEL = "alto-sax"
FAST = ("--block", "480", "--ahead", "4")


@pytest.fixture
def card(monkeypatch):
    tone = 0.3 * np.sin(2 * np.pi * 330 / 48000 * np.arange(48000))
    module = FakeSounddevice(np.stack([tone, tone]).astype(np.float32), jitter_s=0.001)
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


@pytest.fixture(autouse=True)
def _tiny_instrument(monkeypatch):
    """The card and credits of the model we ship, and a network that needs no engine."""
    artifact = load_artifact(EMBEDDED / MODEL)
    monkeypatch.setattr("transfer.timbre.load_timbre", lambda model, engine: Timbre(artifact, NetSession(tiny_net())))


def test_live_plays_names_its_makers_and_sums_up(mixassist, card):
    done = mixassist("transfer", "live", MODEL, *FAST, "--seconds", "0.4", "--json")
    assert done.code == 0, done.err
    assert "alto-sax, the sound of Karoryfer" in done.err
    summary = done.json
    assert summary["heard"] == [MODEL]
    assert summary["credits"][0]["licence"] == "CC0-1.0"
    assert summary["block_latency_ms"] == pytest.approx(40)
    assert "5.0 the card, 40.0 blocks, " in done.err
    assert np.abs(card.streams[0].played).max() > 0


def test_a_take_names_them_too(mixassist, card, tmp_path):
    words = ("transfer", "live", MODEL, *FAST, "--seconds", "0.3", "--record", tmp_path / "take.wav")
    done = mixassist(*words)
    assert done.code == 0, done.err
    kept, played = read_audio(tmp_path / "take.wav").samples, card.streams[0].played[:1]
    np.testing.assert_allclose(kept, played[:, : kept.shape[1]], atol=1e-6)
    assert played.shape[1] - kept.shape[1] <= 480
    with soundfile.SoundFile(tmp_path / "take.wav") as file:
        assert "Karoryfer" in file.artist
        assert "alto-sax from what was played live" in file.comment
    assert json.loads((tmp_path / "take.credits.json").read_text())["model"] == MODEL
    again = mixassist(*words)
    assert (again.code, len(again.error_lines)) == (2, 1)


def test_a_take_of_several_timbres_tells_of_each(mixassist, card, tmp_path, monkeypatch):
    monkeypatch.setattr("cli.transfer_live.keys_pressed", lambda act: contextlib.nullcontext(act("2") is None))
    words = ("transfer", "live", MODEL, MODEL, *FAST, "--seconds", "0.4", "--record", tmp_path / "take.wav")
    done = mixassist(*words, "--json")
    assert done.json["heard"] == [MODEL, MODEL]
    assert [told["model"] for told in json.loads((tmp_path / "take.credits.json").read_text())["models"]] == [MODEL] * 2


def test_a_card_that_is_pulled_out_leaves_the_take_and_its_credits(mixassist, card, tmp_path):
    card.n_blocks = 20
    done = mixassist("transfer", "live", MODEL, *FAST, "--record", tmp_path / "take.wav")
    assert done.code == 2
    assert "the sound card stopped" in done.error_lines[-1]
    assert {path.name for path in tmp_path.iterdir()} == {"take.wav", "take.credits.json"}


def test_who_gives_a_recording_is_matched_at_once(mixassist, card, tmp_path):
    write_audio(tmp_path / "silence.wav", AudioBuffer(np.zeros((1, 9600), np.float32), 48000))
    done = mixassist("transfer", "live", MODEL, *FAST, "--seconds", "0.1", "--played", tmp_path / "silence.wav")
    assert done.code == 0
    assert "hardly a note sounds in it" in done.err


def test_a_recording_of_opposite_channels_is_heard_too(mixassist, card, tmp_path):
    tone = 0.3 * np.sin(2 * np.pi * 330 / 48000 * np.arange(48000)).astype(np.float32)
    write_audio(tmp_path / "played.wav", AudioBuffer(np.stack([tone, -tone]), 48000))
    done = mixassist("transfer", "live", MODEL, *FAST, "--seconds", "0.1", "--played", tmp_path / "played.wav")
    assert "the channels cancel each other" in done.err
    assert "hardly a note" not in done.err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--block", "0"), "block is 0: at least 1 is needed"),
        (("--rate", "12345"), "cannot be resampled to 12345 Hz"),
        (("--record", "take.xyz"), "format 'xyz' is unknown"),
        (("--shift", "99"), "a shift of 99 semitones leaves no note"),
        ([MODEL] * 9, "10 timbres are given and keys choose 9"),
    ],
)
def test_live_says_in_one_line_what_cannot_be(options, message, mixassist, card):
    done = mixassist("transfer", "live", MODEL, *options)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert message in done.error_lines[0]
    assert card.streams == []


def test_keys_of_a_terminal_are_heard_and_it_is_left_as_it_was(monkeypatch):
    import termios

    ours, theirs = os.openpty()
    monkeypatch.setattr("sys.stdin", SimpleNamespace(fileno=lambda: theirs))
    before = termios.tcgetattr(theirs)
    pressed = []
    with keys_pressed(pressed.append) as is_heard:
        assert is_heard
        os.write(ours, b"\x1b[3~")
        time.sleep(4 * LOOK_S)
        os.write(ours, b"2n")
        for _ in range(200):
            if len(pressed) == 2:
                break
            time.sleep(0.01)
    assert pressed == ["2", "n"]
    assert termios.tcgetattr(theirs) == before


def test_without_a_terminal_there_are_no_keys(monkeypatch, tmp_path):
    with (tmp_path / "file").open("w+") as file:
        monkeypatch.setattr("sys.stdin", file)
        with keys_pressed(lambda key: pytest.fail("no key was pressed")) as is_heard:
            assert not is_heard
