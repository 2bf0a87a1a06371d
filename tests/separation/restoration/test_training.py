"""Training on sounds made on the spot: it learns, goes on where it stopped, and what it learned can be published."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mixassist.dsp.scores import null_db
from mixassist.runtime import load_artifact
from separation.net import round_to_half
from separation.restoration import RestorationOptions, artifact, has_network, open_network, open_restoration
from separation.restoration.artifact import Material, publish
from separation.restoration.batches import hear
from separation.restoration.examples import ExampleMaker
from separation.restoration.judging import draw_trials, judge, take, take_by_oracle
from separation.restoration.loss import restoration_loss
from separation.restoration.net import RestorationNet
from separation.restoration.stream import PARTS, RestorationStream
from separation.restoration.training import Trainer, TrainingOptions, load_best, train
from separation.songs import RATE
from tests.separation.restoration.conftest import SHORT
from tests.separation.restoration.tiny_restoration import TINY, TINY_DESIGN, TorchSession, tiny_net

OPTIONS = TrainingOptions(minutes=0.02, n_trials=4, n_warmup_steps=1, use_bfloat16=False)
LEARNING = 0.3
"""By how much forty steps on one example lower the loss at least."""


@pytest.fixture
def trainer(maker, tmp_path):
    made = Trainer(tmp_path, "tiny", TINY_DESIGN, maker, OPTIONS)
    made.begin(4)
    return made


def test_steps_lower_the_loss_on_one_example(trainer, maker):
    heard = hear(maker[0], TINY)
    losses = [trainer.step(iter([heard, heard])) for _ in range(40)]
    assert np.mean(losses[-5:]) < losses[0] - LEARNING


def test_bfloat16_steps_in_nearly_the_same_direction(maker, tmp_path):
    gradients = []
    for use_bfloat16 in (False, True):
        trainer = Trainer(tmp_path, "tiny", TINY_DESIGN, maker, TrainingOptions(use_bfloat16=use_bfloat16))
        trainer.begin(4)
        trainer.step(trainer.examples())
        gradients.append(torch.cat([parameter.grad.flatten() for parameter in trainer.net.parameters()]))
    assert float(torch.cosine_similarity(*gradients, dim=0)) > 0.98


def test_a_run_goes_on_as_if_it_had_never_stopped(trainer, maker, tmp_path):
    examples = trainer.examples()
    trainer.step(examples)
    trainer.save()
    other = Trainer(tmp_path, "tiny", TINY_DESIGN, maker, OPTIONS)
    other.load()
    other_examples = other.examples()
    for _ in range(2):
        other.minutes = trainer.minutes
        assert other.step(other_examples) == trainer.step(examples)


def test_a_perfect_answer_has_the_least_loss(maker):
    heard = hear(maker[0], TINY)
    power = heard.parts.square().sum(dim=(0, 3))[:, :, None]
    right, wrong = (power + 1e-9).log(), (power.flip(1) + 1e-9).log()
    assert restoration_loss(right, heard.parts, True, 0) < restoration_loss(wrong, heard.parts, True, 0) - 1


def test_of_a_sound_that_is_not_dry_only_the_noise_is_asked_for(maker):
    heard = hear(maker[0], TINY)
    logits = torch.zeros(1, 3, 1, *heard.parts.shape[-2:])
    swapped = logits.clone()
    # Less tail and more sound: the noise's share stays.
    swapped[:, 1] = -5
    swapped[:, 0] = float(np.log(2 - np.exp(-5)))
    losses = [
        [float(restoration_loss(x, heard.parts, is_dry, 0)) for x in (logits, swapped)] for is_dry in (False, True)
    ]
    assert losses[0][0] == pytest.approx(losses[0][1], abs=1e-4)
    assert losses[1][0] != pytest.approx(losses[1][1], abs=1e-2)


def test_looking_ahead_is_learned_as_it_is_streamed(maker):
    trial = draw_trials(maker, TINY, 1)[0]
    net, part = tiny_net(), PARTS.index("tail")
    found = take(net, trial, part, TINY_DESIGN.n_ahead)
    whole = trial.example.parts.sum(axis=0)
    stream = RestorationStream(TorchSession(net), ["tail"], len(whole))
    streamed = np.concatenate([stream.process(whole), stream.finish()], axis=1)
    # Behind its end the sound goes on as silence in the stream, and as nothing seen in training.
    n_same = found.shape[1] - (TINY_DESIGN.n_ahead + 4) * TINY.hop
    np.testing.assert_allclose(streamed[:, :n_same], found[:, :n_same], atol=1e-5)


def test_the_oracle_gains_where_there_is_something_to_take_and_harms_nothing(library):
    trials = draw_trials(ExampleMaker(library, 5, SHORT), TINY, 12)
    scores = judge(lambda trial, part: take_by_oracle(trial, part, TINY), trials)
    assert scores["tail"] > 0.5
    assert scores["noise"] > 3
    assert scores["harm"] == 40


def assert_same_tail(stored, net):
    """What the artifact finds is what the network finds, whose weights it keeps in half precision."""
    options = RestorationOptions(stored.path, engine="onnxruntime", precision="fp32")
    assert has_network(options)
    round_to_half(net)
    sound = np.random.default_rng(0).standard_normal((1, 999)).astype(np.float32)
    found = []
    for session in (open_network(options), TorchSession(net)):
        stream = open_restoration(session, ["tail"], RATE, 1)
        found.append(np.concatenate([stream.process(sound), stream.finish()], axis=1))
    assert null_db(*found) < -80


@pytest.mark.usefixtures("tiny_is_known")
def test_what_was_learned_is_published_with_its_papers(trainer, sounds, song_set, tmp_path, monkeypatch):
    monkeypatch.setattr(artifact, "ExampleMaker", lambda library, seed: ExampleMaker(library, seed, SHORT))
    train(trainer, draw_trials(trainer.maker, TINY, 4), OPTIONS)
    assert (tmp_path / "log.csv").read_text(encoding="utf-8").startswith("step,minutes,loss,")
    net, facts = load_best(tmp_path)
    assert isinstance(net, RestorationNet)
    assert facts["best"]["step"] <= facts["n_steps"]
    stored = publish(Material(tmp_path, sounds, song_set, n_trials=6), tmp_path / "restore")
    assert load_artifact(stored.path).spec.latency_samples == TINY.n_fft + (TINY_DESIGN.n_ahead - 1) * TINY.hop
    assert_same_tail(stored, net)
    card = stored.file("CARD.md").read_text(encoding="utf-8")
    assert "| A Player | CC0-1.0 | 2 | https://example.org |" in card
    assert "| A Band | CC0-1.0 |" in card
    words = " ".join(card.split())
    assert "learned from recordings under CC BY 4.0, CC0-1.0, GPL-2.0-or-later" in words
    assert "A Drummer is under GPL-2.0-or-later with composition exception" in words
    assert "| oracle |" in card
