"""`LinearClassifier`: what was learned, as plain numbers; it is asked in numpy alone and kept as JSON.

Rows of features [N, F] become calibrated probabilities [N, K] of the K classes: standardised, weighted, and softened by
a temperature found on held-out songs, softmax((W z + b) / t) (Guo et al. 2017). A curved classifier weighs bent
features and their squares, so that a class has a place on each axis, not a direction alone; what lies far out says no
more than what lies two deviations out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.special
from numpy.typing import NDArray

from mixassist.errors import ModelError

Floats = NDArray[np.float64]

N_DIGITS = 6
"""Of each number in the file: float32's own."""

BEND = 2.0
"""Deviations beyond which a curved classifier's features hardly grow."""
SQUARES = 0.4
"""How much squares weigh while learning, so that the penalty holds them more than what they are squares of."""


@dataclass(frozen=True, eq=False)
class LinearClassifier:
    """Multinomial logistic regression: `center`, `scale` [F], `weights` [K, F], or [K, 2 F] if curved, and `bias` [K].

    `farthest` is how far from the center (rms of the standardised features) what it learned from reached.

    Raises:
        ModelError: when the shapes do not fit or a number is not finite.
    """

    columns: tuple[str, ...]
    classes: tuple[str, ...]
    center: Floats
    scale: Floats
    weights: Floats
    bias: Floats
    temperature: float
    farthest: float
    is_curved: bool = False

    def __post_init__(self) -> None:
        n_columns, n_classes = len(self.columns), len(self.classes)
        shapes = {
            "center": (n_columns,),
            "scale": (n_columns,),
            "weights": (n_classes, n_columns * (2 if self.is_curved else 1)),
            "bias": (n_classes,),
        }
        for name, shape in shapes.items():
            array = np.asarray(getattr(self, name), dtype=np.float64)
            if array.shape != shape or not np.isfinite(array).all():
                raise ModelError(f"the classifier's {name} has shape {array.shape}: it must be {shape} finite numbers")
            object.__setattr__(self, name, array)
        if not (self.temperature > 0 and (self.scale > 0).all()):
            raise ModelError("the classifier's temperature and scale must be positive: learn it again")

    def row(self, features: Mapping[str, float]) -> Floats:
        """The features [F] in the order of `columns`."""
        return np.array([features[column] for column in self.columns], dtype=np.float64)

    def probabilities(self, rows: Floats) -> Floats:
        """Probabilities [N, K] of the classes, given rows [N, F]."""
        return np.asarray(scipy.special.softmax(self.logits(rows) / self.temperature, axis=1))

    def logits(self, rows: Floats) -> Floats:
        """What the probabilities are made of [N, K], before they are softened."""
        return np.asarray(terms(self._standardised(rows), self.is_curved) @ self.weights.T + self.bias)

    def distance(self, rows: Floats) -> Floats:
        """How far each row [N] is from the center, in standard deviations (rms over features)."""
        return np.asarray(np.sqrt(np.mean(self._standardised(rows) ** 2, axis=1)))

    def _standardised(self, rows: Floats) -> Floats:
        return np.asarray((rows - self.center) / self.scale)

    def to_dict(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns),
            "classes": list(self.classes),
            "temperature": _rounded(self.temperature),
            "farthest": _rounded(self.farthest),
            "is_curved": self.is_curved,
            **{name: _rounded(getattr(self, name)) for name in ("center", "scale", "bias", "weights")},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> LinearClassifier:
        """The classifier of `to_dict`.

        Raises:
            ModelError: when something is missing or does not fit.
        """
        try:
            return cls(
                columns=tuple(map(str, data["columns"])),
                classes=tuple(map(str, data["classes"])),
                temperature=float(data["temperature"]),
                farthest=float(data["farthest"]),
                is_curved=bool(data.get("is_curved", False)),
                **{name: np.array(data[name], dtype=float) for name in ("center", "scale", "weights", "bias")},
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"not a classifier ({type(error).__name__}: {error}): learn it again") from error


def terms(standardised: Floats, is_curved: bool) -> Floats:
    """What is weighed [N, F], or [N, 2 F] where it is curved, of standardised features [N, F]."""
    if not is_curved:
        return standardised
    bent = BEND * np.tanh(standardised / BEND)
    return np.hstack([bent, SQUARES * (bent**2 - 1)])


def _rounded(numbers: Any) -> Any:
    """Numbers as nested lists of `N_DIGITS` digits."""
    if isinstance(numbers, Sequence | np.ndarray):
        return [_rounded(number) for number in numbers]
    return float(f"{float(numbers):.{N_DIGITS}g}")
