"""From recordings to a model that plays, and what it says of itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.writer import write_audio
from mixassist.errors import AudioError, ModelError, OptionError
from mixassist.runtime import load_artifact
from tests.transfer.instrument.tiny_instrument import TINY
from transfer import training_folder
from transfer.catalogue import find_timbre
from transfer.dataset import build_dataset
from transfer.instrument import learning
from transfer.instrument.learning import LearningOptions, learn_instrument
from transfer.instrument.training import TrainingOptions
from transfer.timbre import Timbre, load_timbre
from transfer.training_folder import run_folder

RATE = 44100
LEDGER = """[[contributor]]
name = "Ada"
role = "played"
source = "her own"
licence = "CC0-1.0"
consent = ["train", "release"]
split_percent = 100
"""
SHORT = LearningOptions(
    TrainingOptions(minutes=0.01, n_frames=24, n_before=8, n_first_batch=2, n_judged=1, judge_every_minutes=0.006),
    replace(TINY, n_room=200),
)


def note(pitch_hz, seconds=0.7):
    time_s = np.arange(int(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * k * pitch_hz * time_s) / k for k in range(1, 6))
    return AudioBuffer((0.1 * wave * np.minimum(1, 20 * (seconds - time_s)))[None].astype(np.float32), RATE)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """The data set, and the folder of a model that learned a hundredth of a minute from it."""
    folder = tmp_path_factory.mktemp("learned")
    for pitch_hz in (220, 262, 330, 392):
        write_audio(folder / "notes" / f"{pitch_hz}.wav", note(pitch_hz))
    (folder / "notes" / "credits.toml").write_text(LEDGER, encoding="utf-8")
    dataset = build_dataset(folder / "notes", folder / "set")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_folder, "SHORTEST_S", 1.0)
        learn_instrument(dataset, folder / "model", SHORT)
    return dataset, folder / "model"


def test_the_model_carries_its_credits_and_a_card(learned):
    _, model = learned
    artifact = load_artifact(model)
    (credit,) = artifact.manifest["credits"]
    assert (credit["name"], credit["licence"], credit["share"]) == ("Ada", "CC0-1.0", 1.0)
    assert "CC0-1.0" in artifact.manifest["licence"]
    card = artifact.file("CARD.md").read_text(encoding="utf-8")
    assert "| Ada | played | CC0-1.0 |" in card
    assert max(map(len, card.splitlines())) <= 120


def test_it_can_be_listened_to_on_the_way(learned):
    kept = {path.name for path in run_folder(learned[1]).iterdir()}
    assert {"log.csv", "curve.png", "state.safetensors", "train.takes"} <= kept
    assert any(name.startswith("listen-") for name in kept)


def test_what_is_rendered_keeps_rate_channels_and_frames(learned):
    played = AudioBuffer(np.repeat(note(294).samples, 2, axis=0), RATE)
    made = load_timbre(learned[1], "onnxruntime").render(played)
    assert (made.rate, made.samples.shape) == (RATE, played.samples.shape)
    np.testing.assert_array_equal(made.samples[0], made.samples[1])
    assert np.abs(made.samples).max() > 0.01


def test_blocks_of_a_recording_give_the_same_as_the_whole(learned):
    timbre, played = load_timbre(learned[1], "onnxruntime"), note(294).samples
    whole, cut = (
        np.concatenate(list(timbre.render_blocks(blocks, RATE)), axis=1)
        for blocks in ([played], np.array_split(played, 7, axis=1))
    )
    np.testing.assert_allclose(cut, whole, atol=1e-4)


def test_a_run_folder_belongs_to_one_data_set(learned, tmp_path, monkeypatch):
    dataset, model = learned
    (run_folder(model) / training_folder.SOURCE).write_text('{"name": "another", "sha256": "0"}', encoding="utf-8")
    monkeypatch.setattr(training_folder, "SHORTEST_S", 1.0)
    with pytest.raises(OptionError, match="another data set, another"):
        learn_instrument(dataset, model, SHORT)


def test_too_little_is_refused(learned, tmp_path):
    with pytest.raises(AudioError, match="record 60 s or more"):
        learn_instrument(learned[0], tmp_path / "model", SHORT)


def test_a_model_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ModelError, match="no timbre is called"):
        find_timbre(tmp_path / "nothing")


def test_the_command_plays_and_names_whose_sound_it_is(learned, mixassist, tmp_path):
    write_audio(tmp_path / "tune.wav", note(294))
    words = (
        "transfer",
        "run",
        learned[1],
        tmp_path / "tune.wav",
        "-o",
        tmp_path / "out.wav",
        "--engine",
        "onnxruntime",
    )
    told = mixassist(*words, "--json").json
    assert (told["credits"], told["frames"]) == (["Ada"], note(294).n_frames)
    assert b"Ada" in (tmp_path / "out.wav").read_bytes()
    assert "Ada" in (tmp_path / "out.credits.json").read_text(encoding="utf-8")
    again = mixassist(*words)
    assert again.code == 2
    assert "--force" in again.error_lines[0]
    (tmp_path / "tune.wav").unlink()
    assert "tune.wav does not exist" in mixassist(*words, "--force").error_lines[0]


def test_the_credits_of_another_file_are_not_written_over(learned, mixassist, tmp_path):
    write_audio(tmp_path / "tune.wav", note(294))
    (tmp_path / "out.credits.json").write_text("of out.wav", encoding="utf-8")
    refused = mixassist("transfer", "run", learned[1], tmp_path / "tune.wav", "-o", tmp_path / "out.flac")
    assert (refused.code, (tmp_path / "out.flac").exists()) == (2, False)
    assert "out.credits.json exists" in refused.error_lines[0]


def test_an_interrupted_rendering_leaves_nothing(learned, mixassist, tmp_path, monkeypatch):
    write_audio(tmp_path / "tune.wav", note(294))

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Timbre, "render_blocks", interrupted)
    words = ("transfer", "run", learned[1], tmp_path / "tune.wav", "-o", tmp_path / "out.wav")
    outcome = mixassist(*words, "--engine", "onnxruntime")
    assert (outcome.code, outcome.out) == (130, "")
    assert [path.name for path in tmp_path.iterdir()] == ["tune.wav"]


def test_a_run_folder_that_does_not_say_whose_it_is_is_refused(learned, tmp_path, monkeypatch):
    monkeypatch.setattr(training_folder, "SHORTEST_S", 1.0)
    run = run_folder(tmp_path / "model")
    run.mkdir()
    (run / training_folder.SOURCE).write_text("{", encoding="utf-8")
    with pytest.raises(OptionError, match=r"dataset\.json cannot be read .* pass --force"):
        learn_instrument(learned[0], tmp_path / "model", SHORT)


def test_the_command_says_what_an_interrupted_training_kept(learned, mixassist, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(training_folder, "SHORTEST_S", 1.0)
    monkeypatch.setattr(learning.Trainer, "run", interrupted)
    outcome = mixassist("transfer", "train", learned[0].path, "-o", tmp_path / "model")
    assert outcome.code == 130
    assert "nothing was learned yet" in outcome.err


def test_the_command_refuses_to_begin_and_to_go_on_where_it_cannot(learned, mixassist, tmp_path):
    dataset, model = learned
    assert "pass --resume" in mixassist("transfer", "train", dataset.path, "-o", model).error_lines[0]
    other = mixassist("transfer", "train", dataset.path, "-o", dataset.path, "--force")
    assert "holds other things than a model" in other.error_lines[0]
    assert (dataset.path / dataset.names("train")[0]).is_file()
    texture = mixassist("transfer", "train", dataset.path, "-o", tmp_path / "x", "--kind", "texture", "--room")
    assert "leave --room out" in texture.error_lines[0]
    assert "leave --resume out" in mixassist("transfer", "train", dataset.path, "-o", tmp_path / "x", "--resume").err
