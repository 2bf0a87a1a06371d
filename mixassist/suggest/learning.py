"""Learning by scikit-learn (its door): classifiers that are tried on held-out groups, and robust linear models.

Songs of one artist, or tracks of one song, are alike in more than what is asked of them. So what is said about quality
always comes from groups that were held out whole, and so does the calibration.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.optimize
import scipy.special
from numpy.typing import NDArray

from mixassist.errors import OptionError
from mixassist.suggest.classifier import LinearClassifier, terms

Floats = NDArray[np.float64]

INVERSE_PENALTY = 0.2
"""Of the logistic regression: the best of 0.05, 0.1, 0.2 and 0.4 in log-loss on held-out artists of GTZAN; where the
choice leaves out the artists it is judged by, as many are told right (`python -m benchmarks --only genre`)."""

N_FOLDS = 5
HUBER = 1.345
"""Residuals beyond this many deviations lose weight: 95 % of least squares' efficiency on normal errors."""

CONSTANT = 1e-6
"""A column that deviates by less than this share of its mean is the same for all: files keep six digits."""

MAD_TO_DEVIATION = 1.4826
N_REWEIGHTINGS = 12


@dataclass(frozen=True)
class HeldOut:
    """How well a classifier did on groups it had not learned from.

    `confidence` is the mean probability of the likeliest class: near the accuracy where probabilities come true.
    """

    n_rows: int
    n_groups: int
    accuracy: float
    confidence: float
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
    examples: Examples, sure: float, inverse_penalty: float = INVERSE_PENALTY, is_curved: bool = False
) -> tuple[LinearClassifier, HeldOut]:
    """A classifier of all examples, calibrated on held-out groups, and what it did there.

    Args:
        examples: at least two classes, and at least two groups in every class.
        sure: the probability from which on an answer counts as given.
        inverse_penalty: of the regression; the fewer the groups, the smaller.
        is_curved: whether classes may have a place on each feature's axis, for which it takes some hundred examples.

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
    learner = _Learner(classes, inverse_penalty, is_curved)
    logits, has_answer = _held_out_logits(learner, examples.rows, labels, groups)
    logits, truth = logits[has_answer], np.searchsorted(classes, labels[has_answer])
    temperature = _temperature(logits, truth)
    held_out = judge(scipy.special.softmax(logits / temperature, axis=1), truth, sure, len(set(examples.groups)))
    learned = learner.fit(examples.columns, examples.rows, labels)
    farthest = 1.5 * float(np.quantile(learned.distance(examples.rows), 0.99))
    return replace(learned, temperature=temperature, farthest=farthest), held_out


def judge(probabilities: Floats, truth: NDArray[np.intp], sure: float, n_groups: int) -> HeldOut:
    """How well probabilities [N, K] foretold the classes [N] of rows from `n_groups` groups."""
    is_right, is_sure = probabilities.argmax(axis=1) == truth, probabilities.max(axis=1) >= sure
    log_loss = -np.log(probabilities[np.arange(len(truth)), truth]).mean()
    return HeldOut(
        n_rows=len(truth),
        n_groups=n_groups,
        accuracy=round(float(is_right.mean()), 4),
        confidence=round(float(probabilities.max(axis=1).mean()), 4),
        log_loss=round(float(log_loss), 4),
        answered=round(float(is_sure.mean()), 4),
        accuracy_when_answered=round(float(is_right[is_sure].mean()), 4) if is_sure.any() else 0.0,
    )


@dataclass(frozen=True)
class _Learner:
    """Learns classifiers of `classes` that are not calibrated yet."""

    classes: tuple[str, ...]
    inverse_penalty: float
    is_curved: bool

    def fit(self, columns: tuple[str, ...], rows: Floats, labels: NDArray[np.str_]) -> LinearClassifier:
        """The classifier of rows [N, F]; classes count alike, and two get a row of weights each, as many do."""
        from sklearn.linear_model import LogisticRegression

        center, deviation = rows.mean(axis=0), rows.std(axis=0)
        # What is constant is no measure of distance: a scale of nothing would turn a file's rounding into outliers.
        scale = np.where(deviation > CONSTANT * np.maximum(np.abs(center), 1.0), deviation, 1.0)
        model = LogisticRegression(C=self.inverse_penalty, class_weight="balanced", max_iter=3000).fit(
            terms((rows - center) / scale, self.is_curved), labels
        )
        weights, bias = model.coef_, model.intercept_
        if len(self.classes) == 2:
            weights, bias = np.vstack([-weights, weights]) / 2, np.hstack([-bias, bias]) / 2
        return LinearClassifier(columns, self.classes, center, scale, weights, bias, 1.0, 1.0, self.is_curved)


def _held_out_logits(
    learner: _Learner, rows: Floats, labels: NDArray[np.str_], groups: NDArray[np.str_]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Logits [N, K] of each row by a model that knows nothing of its group, and whether there is one [N]."""
    from sklearn.model_selection import StratifiedGroupKFold

    n_classes = len(learner.classes)
    logits = np.zeros((len(rows), n_classes))
    has_answer = np.zeros(len(rows), dtype=bool)
    n_folds = min(N_FOLDS, *(len(set(groups[labels == name])) for name in learner.classes))
    columns = tuple(map(str, range(rows.shape[1])))
    for known, unknown in StratifiedGroupKFold(n_folds).split(rows, labels, groups):
        if len(set(labels[known])) < n_classes:
            continue
        logits[unknown] = learner.fit(columns, rows[known], labels[known]).logits(rows[unknown])
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
