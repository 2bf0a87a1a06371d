"""From recordings to a texture that plays, and what it says of itself."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.writer import write_audio
from mixassist.errors import ModelError, OptionError
from mixassist.runtime import load_artifact
from mixassist.runtime.artifact import file_sha256
from tests.transfer.texture.tiny_texture import TINY
from transfer import MatchOptions, load_timbre, train, training_folder
from transfer.dataset import open_dataset
from transfer.dataset.manifest import MANIFEST
from transfer.texture.learning import LearningOptions, learn_texture
from transfer.texture.material import open_sounds
from transfer.texture.training import Trainer, TrainingOptions

RATE = 44100
ADA = {"name": "Ada", "role": "played", "source": "her own", "licence": "CC0-1.0", "consent": ["train", "release"]}
SHORT = TrainingOptions(minutes=0.006, n_samples=4096, n_before=1024, n_batch=1, n_judged=1, judge_every_minutes=0.003)


def note(pitch_hz, seconds=0.7):
    time_s = np.arange(int(seconds * RATE)) / RATE
    wave = sum(np.sin(2 * np.pi * k * pitch_hz * time_s) / k for k in range(1, 6))
    return AudioBuffer((0.1 * wave * np.minimum(1, 20 * (seconds - time_s)))[None].astype(np.float32), RATE)


def frozen(folder):
    """A data set of two notes to learn from, and one to judge by."""
    rows = []
    for pitch_hz, split in ((220, "train"), (262, "train"), (330, "validation")):
        file, samples = f"{pitch_hz}.wav", note(pitch_hz).samples
        write_audio(folder / file, AudioBuffer(samples, 48000))
        digest = file_sha256(folder / file)
        rows.append({"file": file, "recording": file, "split": split, "sha256": digest})
    credit = ADA | {"split_percent": 100, "seconds": 1.4, "share": 1.0}
    seconds = {"train": 1.4, "validation": 0.7, "test": 0.0}
    told = {"format_version": 1, "name": "notes", "rate": 48000, "recordings": [], "seconds": seconds}
    (folder / MANIFEST).write_text(json.dumps(told | {"credits": [credit], "segments": rows}), encoding="utf-8")
    return open_dataset(folder)


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """The data set, and the folder of a texture that learned for a moment from it."""
    folder = tmp_path_factory.mktemp("learned")
    (folder / "set").mkdir()
    dataset = frozen(folder / "set")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training_folder, "SHORTEST_S", 1.0)
        learn_texture(dataset, folder / "model", LearningOptions(SHORT, TINY))
    return dataset, folder / "model"


def test_the_model_carries_its_credits_and_says_what_training_it_has_had(learned):
    artifact = load_artifact(learned[1])
    (credit,) = artifact.manifest["credits"]
    assert (credit["name"], credit["share"]) == ("Ada", 1.0)
    card = artifact.file("CARD.md").read_text(encoding="utf-8")
    assert "| Ada | played | her own | CC0-1.0 |" in card
    assert "no adversarial training" in card.replace("\n", " ")
    assert max(map(len, card.splitlines())) <= 120
    kept = {path.name for path in training_folder.run_folder(learned[1]).iterdir()}
    assert {"log.csv", "curve.png", "state.safetensors", "train.pcm"} <= kept
    assert any(name.startswith("listen-") for name in kept)


def test_what_is_rendered_keeps_its_place_and_survives_opposite_channels(learned):
    samples = np.concatenate([np.zeros((2, RATE // 10), np.float32), np.repeat(note(294).samples, 2, axis=0)], axis=1)
    samples[1] *= -1
    samples[:, -RATE // 10 :] = 0
    made = load_timbre(learned[1], "onnxruntime").render(AudioBuffer(samples, RATE))
    assert (made.rate, made.samples.shape) == (RATE, samples.shape)
    assert np.abs(made.samples[:, : RATE // 11]).max() < 0.01 * np.abs(made.samples).max()
    assert np.abs(made.samples).max() > 0.001


def test_a_texture_moves_no_notes_and_knows_none(learned):
    timbre = load_timbre(learned[1], "onnxruntime")
    with pytest.raises(OptionError, match="is a texture"):
        timbre.open_stream(match=MatchOptions(shift_semitones=12))
    with pytest.raises(ModelError):
        _ = timbre.statistics


def test_it_goes_on_where_it_was_and_only_there(learned):
    dataset, model = learned
    run, before = training_folder.run_folder(model), load_artifact(model).manifest["training"]["n_steps"]
    sounds = open_sounds(run / "train.pcm")
    trainer = Trainer(run, sounds, sounds, TINY, TrainingOptions(**{**vars(SHORT), "minutes": 0.008}))
    assert trainer.n_steps == before
    trainer.run()
    assert trainer.n_steps > before
    with pytest.raises(OptionError, match="of kind texture, not instrument"):
        training_folder.claim(run, dataset, "instrument")
    with pytest.raises(OptionError, match="instrument or texture"):
        train(dataset.path, model, kind="choir")


def test_the_command_plays_both_channels_and_names_whose_sound_it_is(learned, mixassist, tmp_path):
    samples = np.concatenate([note(294).samples, -note(294).samples])
    write_audio(tmp_path / "tune.wav", AudioBuffer(samples, RATE))
    words = ("transfer", "run", learned[1], tmp_path / "tune.wav", "-o", tmp_path / "out.wav")
    told = mixassist(*words, "--engine", "onnxruntime", "--json").json
    assert (told["credits"], told["frames"]) == (["Ada"], samples.shape[1])
    assert told["peak"] > 0.001
    assert [finding["code"] for finding in told["findings"]] == ["out-of-phase"]
    refused = mixassist(*words, "--shift", "12", "--force")
    assert refused.code == 2
    assert "leave --shift and --autotune out" in refused.error_lines[0]
