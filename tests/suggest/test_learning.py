"""Classifiers: what a curve is good for, and that files keep it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mixassist.errors import ModelError
from mixassist.suggest.classifier import LinearClassifier
from mixassist.suggest.learning import Examples, fit_classifier

LABELS = ("high", "low", "middle")
N_EACH, N_GROUPS = 40, 8


@pytest.fixture
def examples(rng):
    """Three classes on one axis, the third between the others; the second column is the same for all."""
    places = np.concatenate([place + 0.4 * rng.standard_normal(N_EACH) for place in (1.5, -1.5, 0)])
    rows = np.stack([places, np.full(len(places), 4.7)], axis=1)
    groups = [f"artist {number % N_GROUPS}" for number in range(len(places))]
    return Examples(("place", "constant"), rows, np.repeat(LABELS, N_EACH).tolist(), groups)


def test_a_curve_finds_what_lies_in_the_middle(examples):
    _, straight = fit_classifier(examples, sure=0.5)
    curved, bent = fit_classifier(examples, sure=0.5, is_curved=True)
    assert bent.log_loss < straight.log_loss
    assert bent.accuracy > 0.9
    assert curved.probabilities(np.array([[0.0, 4.7]]))[0].argmax() == curved.classes.index("middle")


@pytest.mark.parametrize("is_curved", [False, True])
def test_a_file_keeps_the_classifier(examples, is_curved):
    learned, _ = fit_classifier(examples, sure=0.5, is_curved=is_curved)
    again = LinearClassifier.from_dict(json.loads(json.dumps(learned.to_dict())))
    assert again.probabilities(examples.rows) == pytest.approx(learned.probabilities(examples.rows), abs=1e-4)
    assert again.distance(examples.rows) == pytest.approx(learned.distance(examples.rows), abs=1e-4)


def test_probabilities_come_true(examples):
    """On average over held-out rows, the likeliest class is right as often as it says."""
    _, held_out = fit_classifier(examples, sure=0.5, is_curved=True)
    assert held_out.confidence == pytest.approx(held_out.accuracy, abs=0.05)


def test_weights_of_the_wrong_shape_are_refused(examples):
    learned = fit_classifier(examples, sure=0.5)[0].to_dict()
    with pytest.raises(ModelError, match="weights"):
        LinearClassifier.from_dict(learned | {"is_curved": True})
