"""WaveNets in training: they answer as the network that plays, and their gradients are torch's."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from amp_models.knobs.fold import fold
from amp_models.learning.learner import open_learner
from amp_models.learning.torch_learner import TorchLearner
from amp_models.learning.wavenet_learner import WaveNetLearner
from amp_models.nam.format import nam_from_dict
from amp_models.nam.fresh import fresh_nam
from amp_models.nam.net import player
from amp_models.wavenet.sizes import SIZES
from mixassist.errors import ModelError
from tests.amp_models.learning.gradients import (
    assert_same_gradient,
    gradient_of,
    places,
    playing,
    slope,
    sounding_nam,
)
from tests.amp_models.random_nams import wavenet
from tests.tolerances import AMP_SAMPLES, GRADIENT, SLOPE

NO_KNOBS = np.zeros(0, np.float32)
N_JUDGED = 2500
"""More than two tiles, and no multiple of them."""


@pytest.mark.parametrize("n_knobs", [0, 2])
@pytest.mark.parametrize("size", SIZES)
def test_answers_and_gradients_are_those_of_torch(size, n_knobs):
    nam, knobs = sounding_nam(size, n_knobs), places(n_knobs)
    learner = WaveNetLearner(nam)
    audio = playing(learner.n_past + N_JUDGED)
    played = player(fold(nam, tuple(map(float, knobs))) if n_knobs else nam)(audio[None])[0]
    answer = learner.play(audio, knobs)
    assert answer.shape == (N_JUDGED,)
    np.testing.assert_allclose(answer, played[learner.n_past :], rtol=0, atol=5 * AMP_SAMPLES * np.abs(played).max())
    along = np.random.default_rng(1).standard_normal(N_JUDGED).astype(np.float32)
    ours, other = (gradient_of(one, audio, knobs, along) for one in (learner, TorchLearner(nam)))
    assert_same_gradient(ours, other, learner.layout)


def test_a_step_along_the_gradient_is_as_steep_as_it_says():
    """No torch: the network itself, a little to both sides."""
    learner = WaveNetLearner(sounding_nam("nano", 2))
    audio, knobs = playing(learner.n_past + N_JUDGED), places(2)
    along = np.random.default_rng(1).standard_normal(N_JUDGED).astype(np.float32)
    gradient = gradient_of(learner, audio, knobs, along)
    steepness = float(np.linalg.norm(gradient))
    found = slope(
        lambda: float(along.astype(np.float64) @ learner.play(audio, knobs)),
        learner.weights,
        gradient / np.float32(steepness),
        1e-3,
    )
    assert found == pytest.approx(steepness, rel=SLOPE)


def test_gradients_are_added_to_what_is_there():
    learner = WaveNetLearner(sounding_nam("nano"))
    audio, along = playing(learner.n_past + 100), playing(100)
    once = gradient_of(learner, audio, NO_KNOBS, along)
    twice = once.copy()
    learner.learn(audio, NO_KNOBS, lambda _: along, twice)
    np.testing.assert_allclose(twice, 2 * once, rtol=GRADIENT, atol=GRADIENT * np.abs(once).max())


@pytest.mark.parametrize("size", SIZES)
def test_every_weight_lies_in_one_map_at_most(size):
    learner = WaveNetLearner(fresh_nam(size, 48000, 0, 2))
    inside = np.concatenate([stack.ravel() for stack in learner.matrices])
    assert np.unique(inside).size == inside.size
    # Outside are the one gain, and the entry of the audio, which turns nothing.
    assert learner.weights.size - inside.size == 1 + SIZES[size].arrays[0].n_channels


@pytest.mark.parametrize("name", ["new", "condition"])
def test_what_is_no_size_of_ours_is_not_trained(name):
    with pytest.raises(ModelError, match="played but not trained here"):
        open_learner(nam_from_dict(json.loads(json.dumps(wavenet(name))), name))


def test_weights_must_be_those_of_the_network():
    nam = fresh_nam("nano", 48000, 0)
    with pytest.raises(ModelError, match="the model has 841 weights, its WaveNet takes 842"):
        open_learner(replace(nam, weights=nam.weights[:-1]))
