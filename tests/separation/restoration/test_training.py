"""Training on sounds made on the spot: it learns, goes on where it stopped, and what it learned can be published."""

from __future__ import annotations

from itertools import repeat

import numpy as np
import pytest
import torch

from mixassist.dsp.scores import null_db
from mixassist.runtime import load_artifact
from separation.learning import learn
from separation.net import round_to_half
from separation.restoration import RestorationOptions, artifact, has_network, open_network, open_restoration
from separation.restoration.artifact import Material, publish
from separation.restoration.batches import PointBank, Points
from separation.restoration.examples import ExampleMaker
from separation.restoration.judging import MOST_DB, draw_trials, judge, take, take_by_oracle
from separation.restoration.loss import QUIET_WEIGHT, TAKEN_FLOOR, restoration_loss
from separation.restoration.net import RestorationNet
from separation.restoration.stream import PARTS, RestorationStream
from separation.restoration.training import TrainingOptions, load_best, restoration_learner
from separation.songs import RATE
from tests.separation.restoration.conftest import SHORT
from tests.separation.restoration.tiny_restoration import TINY, TorchSession, tiny_net

pytestmark = pytest.mark.usefixtures("tiny_is_known")

OPTIONS = TrainingOptions(minutes=0.02, n_batch=2, n_trials=4, n_warmup_steps=1, n_examples=20, n_points=200)
LEARNING = 0.15
"""By how much forty steps on one example lower the loss at least."""


@pytest.fixture
def learner(maker, tmp_path):
    made = restoration_learner(tmp_path, "tiny", maker, OPTIONS, draw_trials(maker, TINY, 4))
    made.begin()
    return made


def points_of(shares, parts, is_dry=True):
    """Logits of shares [S], the same in all of some bins of equal power, of which the parts have the given shares."""
    n_points = 5
    power = torch.full((2, n_points), 1 / n_points)
    each = torch.tensor(parts)[:, None, None]
    points = Points(torch.empty(0), power, each * power, each.square() * power, is_dry)
    return torch.tensor(shares).log()[:, None].expand(-1, n_points), points


def test_steps_lower_the_loss_on_one_example(learner, maker):
    bank = PointBank(maker, TINY, 100, 500)
    points = next(points for points in (bank[index] for index in range(100)) if points.parts[0].sum() > 0.1)
    losses = []
    for _ in range(40):
        learner.minutes = 0.0  # the rate of learning stays where it is
        losses.append(learner.step(repeat(points)))
    assert np.mean(losses[-5:]) < losses[0] - LEARNING


def test_the_loss_is_the_error_of_what_is_taken_against_the_part():
    tail = 0.6
    per_view = np.log(((0.6 - 0.4) ** 2 + TAKEN_FLOOR) / (tail**2 + TAKEN_FLOOR))
    loss = restoration_loss(*points_of((0.6, 0.4, 1e-9), (tail, 0.0)))
    assert float(loss) == pytest.approx((1 + QUIET_WEIGHT) * per_view, abs=1e-4)
    assert float(restoration_loss(*points_of((0.4, 0.6, 1e-9), (tail, 0.0)))) < float(loss)


def test_taking_from_a_dry_sound_costs_and_the_less_the_better():
    losses = [float(restoration_loss(*points_of((1 - share, share, 1e-9), (0.0, 0.0)))) for share in (1e-9, 0.1, 0.5)]
    assert losses[0] == pytest.approx(0, abs=1e-6)
    assert losses == sorted(losses)
    assert losses[2] > losses[1] + 1


def test_of_a_sound_that_is_not_dry_only_the_noise_is_asked_for():
    losses = [
        [float(restoration_loss(*points_of((0.8 - tail, tail, 0.2), (0.3, 0.2), is_dry))) for tail in (0.1, 0.3)]
        for is_dry in (False, True)
    ]
    assert losses[0][0] == pytest.approx(losses[0][1], abs=1e-6)
    assert losses[1][0] != pytest.approx(losses[1][1], abs=1e-2)


def test_a_run_goes_on_with_the_same_examples(learner, maker, tmp_path):
    material = learner.material()
    learner.step(material)
    learner.save()
    other = restoration_learner(tmp_path, "tiny", maker, OPTIONS, ())
    other.begin()
    other.minutes = learner.minutes
    assert other.step(other.material()) == learner.step(material)


def test_looking_ahead_is_learned_as_it_is_streamed(maker):
    trial = draw_trials(maker, TINY, 1)[0]
    net, part = tiny_net(), PARTS.index("tail")
    found = take(net, trial, part)
    whole = trial.example.parts.sum(axis=0)
    stream = RestorationStream(TorchSession(net), ["tail"], len(whole))
    streamed = np.concatenate([stream.process(whole), stream.finish()], axis=1)
    # Behind its end the sound goes on as silence in the stream, and as nothing seen in training.
    n_same = found.shape[1] - (TINY.n_ahead + 4) * TINY.hop
    np.testing.assert_allclose(streamed[:, :n_same], found[:, :n_same], atol=1e-5)


def test_the_oracle_gains_where_there_is_something_to_take_and_harms_nothing(library):
    trials = draw_trials(ExampleMaker(library, 5, SHORT), TINY, 12)
    scores = judge(lambda trial, part: take_by_oracle(trial, part, TINY), trials)
    assert scores["tail"] > 0.5
    assert scores["noise"] > 3
    assert scores["harm"] == MOST_DB


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


def test_what_was_learned_is_published_with_its_papers(learner, sounds, song_set, tmp_path, monkeypatch):
    monkeypatch.setattr(artifact, "ExampleMaker", lambda library, seed: ExampleMaker(library, seed, SHORT))
    learn(learner)
    assert (tmp_path / "log.csv").read_text(encoding="utf-8").startswith("step,minutes,loss,")
    net, facts = load_best(tmp_path)
    assert isinstance(net, RestorationNet)
    assert facts["best"]["step"] <= facts["n_steps"]
    stored = publish(Material(tmp_path, sounds, song_set, n_trials=6), tmp_path / "restore")
    assert load_artifact(stored.path).spec.latency_samples == TINY.n_fft + (TINY.n_ahead - 1) * TINY.hop
    assert_same_tail(stored, net)
    card = stored.file("CARD.md").read_text(encoding="utf-8")
    assert "| A Player | CC0-1.0 | 2 | https://example.org |" in card
    assert "| A Band | CC0-1.0 |" in card
    words = " ".join(card.split())
    assert "learned from recordings under CC BY 4.0, CC0-1.0, GPL-2.0-or-later" in words
    assert "A Drummer is under GPL-2.0-or-later with composition exception" in words
    assert "| oracle |" in card
