"""Learning by scikit-learn (its door): classifiers that are tried on held-out groups, and robust linear models.

Songs of one artist, or tracks of one song, are alike in more than what is asked of them. So what is said about quality
always comes from groups that were held out whole, and so does the calibration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.special
from numpy.typing import NDArray

from mixassist.errors import OptionError
from mixassist.suggest.classifier import LinearClassifier

Floats = NDArray[np.float64]

INVERSE_PENALTY = 0.05
"""Of the logistic regression: the best of 0.005 … 0.2 in log-loss on held-out artists of GTZAN."""

N_FOLDS = 5
HUBER = 1.345
"""Residuals beyond this many deviations lose weight: 95 % of least squares' efficiency on normal errors."""

CONSTANT = 1e-6
"""A column that deviates by less than this share of its mean is the same for all: files keep six digits."""

MAD_TO_DEVIATION = 1.4826
N_REWEIGHTINGS = 12


@dataclass(frozen=True)
class HeldOut:
    """How well a classifier did on groups it had not learned from."""

    n_rows: int
    n_groups: int
    accuracy: float
    log_loss: float
    answered: float
    accuracy_when_answered: float


@dataclass(frozen=True, eq=False)
class Examples:
    """Rows [N, F] of `columns`, a label and a group for each."""

    columns: tuple[str, ...]
    rows: Floats
    labels: Sequence[str]
    groups: Sequence[str]


def fit_classifier(
    examples: Examples, sure: float, inverse_penalty: float = INVERSE_PENALTY
) -> tuple[LinearClassifier, HeldOut]:
    """A classifier of all examples, calibrated on held-out groups, and what it did there.

    Args:
        examples: at least two classes, and at least two groups in every class.
        sure: the probability from which on an answer counts as given.
        inverse_penalty: of the regression; the fewer the groups, the smaller.

    Raises:
        OptionError: for fewer than two classes, or a class with one group only.
    """
    labels, groups = np.array(examples.labels), np.array(examples.groups)
    classes = tuple(sorted(set(examples.labels)))
    if len(classes) < 2:
        raise OptionError(f"{len(classes)} class is there: a classifier needs at least two")
    for name in classes:
        if len(set(groups[labels == name])) < 2:
            raise OptionError(f"{name!r} has a single song or artist: at least two are needed, to try what was learned")
    logits, has_answer = _held_out_logits(examples.rows, labels, groups, inverse_penalty)
    logits, truth = logits[has_answer], np.searchsorted(classes, labels[has_answer])
    temperature = _temperature(logits, truth)
    probabilities = scipy.special.softmax(logits / temperature, axis=1)
    is_right = probabilities.argmax(axis=1) == truth
    is_sure = probabilities.max(axis=1) >= sure
    held_out = HeldOut(
        n_rows=len(truth),
        n_groups=len(set(examples.groups)),
        accuracy=round(float(is_right.mean()), 4),
        log_loss=round(_log_loss(logits / temperature, truth), 4),
        answered=round(float(is_sure.mean()), 4),
        accuracy_when_answered=round(float(is_right[is_sure].mean()), 4) if is_sure.any() else 0.0,
    )
    center, scale, weights, bias = _fit(examples.rows, labels, inverse_penalty)
    learned = LinearClassifier(examples.columns, classes, center, scale, weights, bias, temperature, farthest=1.0)
    farthest = float(np.quantile(learned.distance(examples.rows), 0.99))
    return LinearClassifier(
        examples.columns, classes, center, scale, weights, bias, temperature, farthest=1.5 * farthest
    ), held_out


def _fit(rows: Floats, labels: NDArray[np.str_], inverse_penalty: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Center [F], scale [F], weights [K, F], bias [K]; classes count alike, and two get a row each, as many do."""
    from sklearn.linear_model import LogisticRegression

    center = rows.mean(axis=0)
    deviation = rows.std(axis=0)
    # What is constant is no measure of distance: a scale of nothing would turn the rounding of a file into outliers.
    scale = np.where(deviation > CONSTANT * np.maximum(np.abs(center), 1.0), deviation, 1.0)
    model = LogisticRegression(C=inverse_penalty, class_weight="balanced", max_iter=3000).fit(
        (rows - center) / scale, labels
    )
    if len(model.classes_) > 2:
        return center, scale, model.coef_, model.intercept_
    return (
        center,
        scale,
        np.vstack([-model.coef_, model.coef_]) / 2,
        np.hstack([-model.intercept_, model.intercept_]) / 2,
    )


def _held_out_logits(
    rows: Floats, labels: NDArray[np.str_], groups: NDArray[np.str_], inverse_penalty: float
) -> tuple[Floats, NDArray[np.bool_]]:
    """Logits [N, K] of each row by a model that knows nothing of its group, and whether there is one [N]."""
    from sklearn.model_selection import StratifiedGroupKFold

    n_classes = len(set(labels))
    logits = np.zeros((len(rows), n_classes))
    has_answer = np.zeros(len(rows), dtype=bool)
    n_folds = min(N_FOLDS, *(len(set(groups[labels == name])) for name in set(labels)))
    for known, unknown in StratifiedGroupKFold(n_folds).split(rows, labels, groups):
        if len(set(labels[known])) < n_classes:
            continue
        center, scale, weights, bias = _fit(rows[known], labels[known], inverse_penalty)
        logits[unknown] = (rows[unknown] - center) / scale @ weights.T + bias
        has_answer[unknown] = True
    if not has_answer.any():
        raise OptionError("the groups cannot be split so that each class is on both sides: give more songs per class")
    return logits, has_answer


def _temperature(logits: Floats, truth: NDArray[np.intp]) -> float:
    """What the logits are divided by, so that their probabilities fit best what came true."""
    best = scipy.optimize.minimize_scalar(
        lambda log_t: _log_loss(logits / np.exp(log_t), truth), bounds=(np.log(0.25), np.log(8)), method="bounded"
    )
    return float(np.exp(best.x))


def _log_loss(logits: Floats, truth: NDArray[np.intp]) -> float:
    """Mean of -ln of the probability given to what was true."""
    return float(-scipy.special.log_softmax(logits, axis=1)[np.arange(len(truth)), truth].mean())


def fit_robust(design: Floats, target: Floats, penalty: float) -> Floats:
    """Coefficients [F] of a ridge regression without intercept whose outliers count less (Huber's weights).

    scikit-learn's own HuberRegressor finds the same by general optimisation, a hundred times slower for a bootstrap.
    """
    from sklearn.linear_model import Ridge

    trust = np.ones(len(target))
    model = Ridge(alpha=penalty, fit_intercept=False, solver="cholesky")
    for _ in range(N_REWEIGHTINGS):
        errors = np.abs(target - model.fit(design, target, sample_weight=trust).predict(design))
        limit = HUBER * max(MAD_TO_DEVIATION * float(np.median(errors)), 1e-6)
        trust = np.minimum(1.0, limit / np.maximum(errors, 1e-12))
    return np.asarray(model.coef_)
