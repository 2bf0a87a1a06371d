"""Training: a teacher is learned, the best is kept, and it ends where it should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from amp_models.learning.loss import LossOptions
from amp_models.learning.material import Take
from amp_models.learning.training import N_JUDGED, Trainer, TrainingOptions
from amp_models.nam.fresh import fresh_nam
from amp_models.nam.net import player
from mixassist.dsp.scores import esr
from mixassist.errors import CaptureError
from tests.amp_models.learning.teachers import RATE, bent, taught
from tests.tolerances import TRAINED_ESR

SHORT = TrainingOptions(n_epochs=0.2, n_threads=1, n_looks=4)
"""A dozen steps of a nano WaveNet on 11 s."""


@pytest.fixture(scope="module")
def take() -> Take:
    return taught(11)


def student(size: str = "nano", seed: int = 0):
    return fresh_nam(size, RATE, seed)


def test_a_wavenet_is_learned_from_20_s_of_playing():
    trainer = Trainer(student(), [taught(20)], TrainingOptions(n_epochs=6.0, n_threads=1, n_looks=8))
    progress = trainer.run()
    assert progress.curve[0].esr > 0.9
    assert progress.best_esr < 0.04


def test_an_lstm_comes_nearer_at_every_look():
    """It begins deaf to treble, and so slowly; how far it comes is a matter of minutes."""
    trainer = Trainer(student("lstm"), [bent(20)], TrainingOptions(n_epochs=2.0, n_threads=1, n_looks=8))
    errors = [moment.esr for moment in trainer.run().curve]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.85


def test_what_comes_out_sounds_as_it_was_scored(take):
    """The best weights at the level of the take, played from rest by the network that plays."""
    trainer = Trainer(student(), [take], SHORT)
    best = trainer.run().best_esr
    first, end = take.held_out
    answer = player(trainer.nam)(take.audio[None, first:end])[:, 8192:]
    assert esr(take.truth[None, first + 8192 : end], answer) == pytest.approx(best, rel=TRAINED_ESR)


def test_the_best_weights_are_kept_though_the_last_are_worse(take):
    """They are pushed aside once, and have not found back when it ends."""
    trainer = Trainer(student(), [take], replace(SHORT, n_epochs=0.4, n_looks=12))
    seen = []

    def spoil(share, progress):
        if progress.curve and progress.curve[-1].n_steps == progress.n_steps:
            seen.append((progress.curve[-1].esr, progress.average.astype(np.float32)))
            if len(seen) == 6:
                progress.weights += 1

    progress = trainer.run(spoil)
    best = min(seen, key=lambda pair: pair[0])
    assert seen[-1][0] > best[0]
    assert progress.best_esr == best[0]
    np.testing.assert_array_equal(progress.best_weights, best[1])


def test_epochs_are_the_budget_and_looks_lie_where_they_should(take):
    trainer = Trainer(student(), [take], SHORT)
    shares = []
    progress = trainer.run(lambda share, _: shares.append(share))
    n_learned = sum(end - start for start, end in take.spans)
    n_needed = np.ceil(SHORT.n_epochs * n_learned / (SHORT.n_pieces * N_JUDGED["WaveNet"]))
    assert progress.n_steps == len(shares) == n_needed
    assert trainer.n_epochs == pytest.approx(n_needed * SHORT.n_pieces * N_JUDGED["WaveNet"] / n_learned)
    assert shares[-1] == trainer.share_done == 1
    steps = [moment.n_steps for moment in progress.curve]
    due = [(look / SHORT.n_looks) ** 2 for look in range(1, SHORT.n_looks + 1)]
    assert steps == [1 + next(step for step, share in enumerate(shares) if share >= least) for least in due]


def test_seconds_are_the_budget_by_the_clock_that_counts(take):
    ticks = iter(range(10_000))
    options = TrainingOptions(seconds=6.0, n_threads=1, n_looks=2, clock=lambda: float(next(ticks)))
    progress = Trainer(student(), [take], options).run()
    assert (progress.n_steps, progress.seconds) == (6, 6.0)
    assert [moment.seconds for moment in progress.curve] == [2.0, 6.0]


def test_a_floor_that_is_reached_ends_it(take):
    trainer = Trainer(student(), [take], replace(SHORT, n_epochs=50.0, n_looks=1000, floor=2.0))
    progress = trainer.run()
    assert trainer.is_at_floor
    assert len(progress.curve) == 1
    assert trainer.share_done < 0.1


@pytest.mark.parametrize("loss", [LossOptions(), LossOptions(0.002, 0.85)], ids=["samples", "all"])
def test_one_seed_gives_one_network(take, loss):
    options = replace(SHORT, n_epochs=0.06, loss=loss)
    first, second, other = (
        Trainer(student(), [take], replace(options, seed=seed, n_threads=n_threads)).run().weights
        for seed, n_threads in ((1, 1), (1, 2), (2, 1))
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, other)


def test_an_interrupt_while_looking_leaves_the_walk_where_it_was(take, monkeypatch):
    """What is looked at is the average of the weights; what is kept must be the weights."""
    whole, broken = (Trainer(student(), [take], SHORT) for _ in range(2))
    walked = {}
    whole.run(lambda _, progress: walked.setdefault(progress.n_steps, progress.weights.copy()))

    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(broken._learner, "play", interrupt)
    with pytest.raises(KeyboardInterrupt):
        broken.run()
    np.testing.assert_array_equal(broken.progress.weights, walked[broken.progress.n_steps])


def test_a_training_that_runs_away_is_told(take):
    trainer = Trainer(student(), [take], SHORT)

    def spoil(_, progress):
        progress.weights[0] = np.nan

    with pytest.raises(
        CaptureError, match=r"^after \d+ steps the error is nan, the training ran away: leave --spectral"
    ):
        trainer.run(spoil)
    assert all(np.isfinite(moment.esr) for moment in trainer.progress.curve)
    assert np.isfinite(trainer.nam.weights).all()
