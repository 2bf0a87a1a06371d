"""The loss: its definition read again with scipy, and its gradient by small steps, both in float64."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import signal

from amp_models.learning.loss import Loss, LossOptions
from tests.tolerances import LOSS

OPTIONS = {
    "plain": LossOptions(),
    "emphasised": LossOptions(pre_emphasis=0.95),
    "emphasised alone": LossOptions(pre_emphasis=0.85, emphasised_share=1.0),
    "spectral": LossOptions(spectral_share=0.01),
    "mean": LossOptions(mean_share=2.0),
    "all": LossOptions(0.01, 0.95, 0.3, 0.2),
}


@pytest.fixture
def sounds(rng):
    truth = np.cumsum(rng.standard_normal(4000)) / 50
    return 0.8 * truth + 0.05 * rng.standard_normal(4000), truth


@pytest.mark.parametrize("name", OPTIONS)
def test_the_gradient_is_how_the_loss_changes(name, sounds, rng):
    answer, truth = sounds
    loss = Loss(float(np.mean(truth**2)), OPTIONS[name])
    gradient = loss.judge(answer, truth)[1]
    for way in (gradient / np.linalg.norm(gradient), *rng.standard_normal((2, answer.size)) / answer.size**0.5):
        step = 1e-7
        higher, lower = (loss.judge(answer + side * step * way, truth)[0] for side in (1, -1))
        expected = float(gradient.astype(np.float64) @ way)
        assert (higher - lower) / (2 * step) == pytest.approx(expected, rel=1e-3, abs=1e-3 * np.linalg.norm(gradient))


def test_silence_as_an_answer_costs_1(sounds):
    truth = sounds[1]
    value = Loss(float(np.mean(truth**2)), LossOptions()).judge(np.zeros_like(truth), truth)[0]
    assert value == pytest.approx(1.0, rel=LOSS)


def test_the_emphasis_is_the_filter_it_says(sounds):
    answer, truth = sounds
    power, share = float(np.mean(truth**2)), 0.3
    found = Loss(power, LossOptions(pre_emphasis=0.9, emphasised_share=share)).judge(answer, truth)[0]
    sharp = signal.lfilter([1, -0.9], [1], answer - truth)
    expected = ((1 - share) * np.mean((answer - truth) ** 2) + share * np.mean(sharp**2)) / power
    assert found == pytest.approx(expected, rel=LOSS)


def test_a_gradient_is_as_precise_as_the_samples(sounds):
    answer, truth = (sound.astype(np.float32) for sound in sounds)
    assert Loss(1.0, OPTIONS["all"]).judge(answer, truth)[1].dtype == np.float32
