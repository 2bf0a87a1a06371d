"""Training of `lite` on songs made on the spot: it learns, goes on where it stopped, and stops."""

from __future__ import annotations

import dataclasses
import math
import shutil

import numpy as np
import pytest
import torch

from mixassist.errors import ModelError, OptionError
from mixassist.runtime.run_state import read_state
from separation import learning, training
from separation.batches import Examples
from separation.mean_run import mean_run
from separation.remix import Remixer
from separation.songs import RATE, SongLibrary, store
from separation.training import lite_learner, load_best, train
from tests.separation.tiny_lite import OPTIONS, TINY, write_set

pytestmark = pytest.mark.usefixtures("tiny_is_known")

LEARNING = 0.1
"""By how much a hundred steps on one batch lower the loss at least."""


@pytest.fixture
def examples(library) -> Examples:
    return Examples(Remixer(library, OPTIONS.n_samples(TINY)), TINY, seed=3)


@pytest.fixture
def song_set(tmp_path, rng):
    return write_set(tmp_path / "set", rng, seconds=13)


def assert_same(first: torch.nn.Module, second: torch.nn.Module) -> None:
    for (name, expected), found in zip(first.state_dict().items(), second.state_dict().values(), strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0, msg=name)


def test_steps_lower_the_loss_on_one_batch(examples, tmp_path):
    learner = lite_learner(tmp_path, examples, dataclasses.replace(OPTIONS, n_batch=1), {})
    batch = next(learner.material())
    losses = [learner.step(iter([batch])) for _ in range(100)]
    assert np.mean(losses[-5:]) < losses[0] - LEARNING


def test_examples_together_give_the_gradient_they_give_one_by_one(examples, tmp_path):
    nets = []
    for n_together in (1, 2):
        learner = lite_learner(tmp_path, examples, dataclasses.replace(OPTIONS, n_together=n_together), {})
        learner.step(learner.material())
        nets.append([parameter.grad for parameter in learner.net.parameters()])
    for apart, together in zip(*nets, strict=True):
        torch.testing.assert_close(apart, together, atol=1e-6, rtol=1e-3)


def test_bfloat16_steps_in_nearly_the_same_direction(examples, tmp_path):
    gradients = []
    for use_bfloat16 in (False, True):
        learner = lite_learner(tmp_path, examples, dataclasses.replace(OPTIONS, use_bfloat16=use_bfloat16), {})
        learner.step(learner.material())
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in learner.net.parameters()]))
    assert float(torch.cosine_similarity(*gradients, dim=0)) > 0.98


def test_a_run_goes_on_as_if_it_had_never_stopped(examples, tmp_path):
    learner = lite_learner(tmp_path, examples, OPTIONS, {})
    batches = learner.material()
    learner.step(batches)
    learner.save()
    other = lite_learner(tmp_path, examples, OPTIONS, {})
    other.load()
    other_batches = other.material()
    for _ in range(3):
        other.minutes = learner.minutes
        assert other.step(other_batches) == learner.step(batches)
    assert_same(learner.net, other.net)
    assert_same(learner.average, other.average)
    assert other.n_steps == 4


def test_a_card_names_the_machine_that_trained_not_the_one_that_exports(examples, tmp_path, monkeypatch):
    monkeypatch.setattr(learning, "machine_line", lambda n_threads: f"{n_threads} of a training machine")
    lite_learner(tmp_path, examples, OPTIONS, {}).save()
    monkeypatch.setattr(learning, "machine_line", lambda n_threads: "an exporting machine")
    assert load_best(tmp_path)[1].machine == "1 of a training machine"


def test_the_learning_rate_rises_and_then_falls_with_the_minutes(examples, tmp_path):
    learner = lite_learner(tmp_path, examples, dataclasses.replace(OPTIONS, n_warmup_steps=4), {})
    rates = []
    for learner.n_steps, learner.minutes in ((0, 0.0), (3, 0.0), (9, 0.5), (9, 1.0)):
        rates.append(learner._learning_rate() / OPTIONS.learning_rate)
    assert rates == pytest.approx([0.25, 1.0, 0.51, 0.02], abs=0.01)


def test_the_best_average_is_kept_and_is_what_a_run_leaves(examples, tmp_path, monkeypatch):
    learner = lite_learner(tmp_path, examples, OPTIONS, {})
    batches, figures = learner.material(), iter([1.0, 3.0, 2.0])
    monkeypatch.setattr(training, "validate", lambda net, songs: {"mean": next(figures)})
    kept = []
    for _ in range(3):
        learner.step(batches)
        learner.judge()
        kept.append({name: value.clone() for name, value in learner.average.state_dict().items()})
    learner.save()
    best, facts = load_best(tmp_path)
    assert learner.best["mean"] == 3.0
    assert facts.n_steps == 3
    assert not best.training
    for name, value in best.state_dict().items():
        torch.testing.assert_close(value, kept[1][name], rtol=0, atol=0)
    assert not torch.equal(kept[2]["norm.weight"], kept[1]["norm.weight"])


@pytest.mark.parametrize(
    ("best", "minutes", "is_finished"),
    [
        ({"mean": 2.0, "minutes": 5.0}, 40.0, False),
        ({"mean": 2.0, "minutes": 5.0}, 60.0, True),
        ({"mean": -math.inf, "minutes": 0.0}, 60.0, False),
        ({"mean": 2.0, "minutes": 99.0}, 100.0, True),
    ],
    ids=["patient", "out of patience", "not judged yet", "out of time"],
)
def test_a_run_ends_with_its_minutes_or_its_patience(examples, tmp_path, best, minutes, is_finished):
    learner = lite_learner(tmp_path, examples, dataclasses.replace(OPTIONS, minutes=100.0, patience_minutes=50.0), {})
    learner.best, learner.minutes = best, minutes
    assert learner.is_finished is is_finished


def test_train_steps_validates_and_saves_and_goes_on(song_set, tmp_path):
    options = dataclasses.replace(OPTIONS, minutes=1e-9)
    train(song_set, tmp_path / "run", TINY, options)
    header, row = (tmp_path / "run" / "log.csv").read_text().splitlines()
    assert header == "step,minutes,loss,drums,bass,other,vocals,mean"
    assert row.startswith("1,")
    facts = read_state(tmp_path / "run")[1]
    assert facts["held_out"] == "b"
    longer = dataclasses.replace(options, minutes=facts["minutes"] + 1e-9)
    train(song_set, tmp_path / "run", TINY, longer)
    assert len((tmp_path / "run" / "log.csv").read_text().splitlines()) == 3
    assert read_state(tmp_path / "run")[1]["n_steps"] == 2


def test_a_slice_saves_and_stops_before_the_run_is_over(song_set, tmp_path):
    options = dataclasses.replace(OPTIONS, minutes=1e3, slice_minutes=1e-9)
    for n_steps in (1, 2):
        train(song_set, tmp_path / "run", TINY, options)
        assert read_state(tmp_path / "run")[1]["n_steps"] == n_steps


def test_what_is_held_out_is_never_learned_from(song_set, tmp_path, monkeypatch):
    heard: list[SongLibrary] = []
    monkeypatch.setattr(
        training, "Remixer", lambda library, n_samples: heard.append(library) or Remixer(library, n_samples)
    )
    train(song_set, tmp_path / "run", TINY, dataclasses.replace(OPTIONS, minutes=1e-9))
    assert sorted(heard[0].songs) == ["a", "made-000001"]


def test_recordings_without_licence_and_credit_are_refused(song_set, tmp_path, rng):
    store(rng.uniform(-0.3, 0.3, (1, RATE)), song_set / "voices" / "stranger.npy")
    with pytest.raises(OptionError, match="no licence and credit for stranger"):
        train(song_set, tmp_path / "run", TINY, OPTIONS)


@pytest.mark.parametrize("held_out", ["a", "made-000000"])
def test_made_songs_may_not_have_heard_the_song_held_out(song_set, tmp_path, held_out):
    with pytest.raises(OptionError, match=f"--hold-out {held_out}"):
        train(song_set, tmp_path / "run", TINY, dataclasses.replace(OPTIONS, held_out=held_out))


def test_a_set_without_the_song_held_out_is_refused(song_set, tmp_path):
    shutil.rmtree(song_set / "songs" / "b")
    with pytest.raises(OptionError, match="holds no song b to judge by"):
        train(song_set, tmp_path / "run", TINY, OPTIONS)


def test_a_folder_without_a_manifest_is_refused(tmp_path):
    with pytest.raises(OptionError, match=r"holds no manifest\.json: build a set"):
        train(tmp_path, tmp_path / "run", TINY, OPTIONS)


def test_the_command_says_what_is_wrong_in_a_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["training", "--data", str(tmp_path), "--run", str(tmp_path / "run")])
    with pytest.raises(SystemExit) as stopped:
        training.main()
    assert stopped.value.code == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_run_without_a_state_says_what_to_do(tmp_path):
    with pytest.raises(ModelError, match="train with --run"):
        load_best(tmp_path)


def test_the_mean_of_runs_begins_another_but_does_not_go_on(examples, tmp_path):
    first = lite_learner(tmp_path / "first", examples, OPTIONS, {})
    first.run.mkdir()
    first.step(first.material())
    first.save()
    mean_run([first.run], tmp_path / "mean")
    with pytest.raises(ModelError, match="--start-from"):
        lite_learner(tmp_path / "mean", examples, OPTIONS, {}).begin()
    second = lite_learner(tmp_path / "second", examples, OPTIONS, {})
    second.start_from(tmp_path / "mean")
    assert_same(first.average, second.net)


def test_a_new_run_begins_with_the_best_average_of_another_and_counts_what_it_heard(examples, tmp_path):
    first = lite_learner(tmp_path / "first", examples, OPTIONS, {})
    first.run.mkdir()
    first.step(first.material())
    first.best_net.load_state_dict(first.average.state_dict())
    first.save()
    second = lite_learner(tmp_path / "second", examples, OPTIONS, {})
    second.run.mkdir()
    second.start_from(first.run)
    assert_same(first.average, second.net)
    assert_same(first.average, second.average)
    second.step(second.material())
    second.save()
    assert load_best(second.run)[1].n_steps == 2
