"""LSTMs in training: they answer as the network that plays, and their gradients are torch's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from amp_models.knobs.fold import fold
from amp_models.learning.learner import open_learner
from amp_models.learning.lstm_learner import LstmLearner
from amp_models.learning.torch_learner import TorchLearner
from amp_models.nam.format import nam_from_dict
from amp_models.nam.net import player
from mixassist.errors import ModelError
from tests.amp_models.learning.gradients import (
    assert_same_gradient,
    gradient_of,
    places,
    playing,
    slope,
    sounding_nam,
)
from tests.amp_models.random_nams import linear, lstm
from tests.tolerances import ALIKE, AMP_SAMPLES, SLOPE

N_JUDGED = 600


@pytest.mark.parametrize("n_knobs", [0, 2])
def test_answers_and_gradients_are_those_of_torch(n_knobs):
    """Nothing before what is judged: so both go back to the first sample, and start from zero."""
    nam, knobs = sounding_nam("lstm", n_knobs), places(n_knobs)
    learner, other = LstmLearner(nam), TorchLearner(nam)
    learner.n_past = other.n_past = 0
    audio = playing(N_JUDGED)
    answer = learner.play(audio, knobs)
    np.testing.assert_allclose(answer, other.play(audio, knobs), rtol=0, atol=5 * AMP_SAMPLES)
    along = np.random.default_rng(1).standard_normal(N_JUDGED).astype(np.float32)
    found = [gradient_of(one, audio, knobs, along) for one in (learner, other)]
    assert_same_gradient(*found, learner.layout)


@pytest.mark.parametrize("n_knobs", [0, 2])
def test_the_past_lets_it_answer_as_the_network_that_plays(n_knobs):
    nam, knobs = sounding_nam("lstm", n_knobs), places(n_knobs)
    learner = LstmLearner(nam)
    audio = playing(learner.n_past + N_JUDGED)
    played = player(fold(nam, tuple(map(float, knobs))) if n_knobs else nam)(audio[None])[0]
    answer = learner.play(audio, knobs)
    assert answer.shape == (N_JUDGED,)
    np.testing.assert_allclose(answer, played[learner.n_past :], rtol=0, atol=5 * AMP_SAMPLES)


def test_a_step_along_the_gradient_is_as_steep_as_it_says():
    """No torch: the network itself, a little to both sides."""
    learner, knobs = LstmLearner(sounding_nam("lstm", 2)), places(2)
    learner.n_past = 0
    audio, along = playing(N_JUDGED), playing(N_JUDGED, seed=8)
    gradient = gradient_of(learner, audio, knobs, along)
    steepness = float(np.linalg.norm(gradient))
    found = slope(
        lambda: float(along.astype(np.float64) @ learner.play(audio, knobs)),
        learner.weights,
        gradient / np.float32(steepness),
        1e-3,
    )
    assert found == pytest.approx(steepness, rel=SLOPE)


@pytest.mark.parametrize("n_knobs", [0, 2])
def test_hardly_any_gradient_is_lost_in_the_past(n_knobs):
    """Ours ends where judging begins, torch's goes on through the past; along the error of silence as a goal."""
    nam, knobs = sounding_nam("lstm", n_knobs), places(n_knobs)
    learner, other = LstmLearner(nam), TorchLearner(nam)
    audio = playing(learner.n_past + N_JUDGED)
    along = learner.play(audio, knobs)
    ours, whole = (gradient_of(one, audio, knobs, along) for one in (learner, other))
    assert ours @ whole > ALIKE * np.linalg.norm(ours) * np.linalg.norm(whole)


def test_first_states_are_left_to_the_finish():
    learner = LstmLearner(sounding_nam("lstm"))
    gradient = gradient_of(learner, playing(learner.n_past + 100), places(0), playing(100))
    joined, bias, hidden, cell, head, head_bias = learner.layout.views(gradient)
    assert not hidden.any()
    assert not cell.any()
    assert all(part.any() for part in (joined, bias, head, head_bias))


def test_what_is_not_trained_is_told():
    with pytest.raises(ModelError, match="an LSTM of 2 layers is played but not trained here: take one"):
        open_learner(nam_from_dict(lstm(2), "two layers"))
    with pytest.raises(ModelError, match="a Linear is played but not trained here: train a WaveNet or an LSTM"):
        open_learner(nam_from_dict(linear(), "linear"))
    nam = sounding_nam("lstm")
    with pytest.raises(ModelError, match="the model has 2568 weights, its LSTM takes 2569"):
        open_learner(replace(nam, weights=nam.weights[1:]))
