"""The model of genres: a classifier, the card that says what it learned from, and what it answers about a song.

It is one JSON file of plain numbers. It answers with probabilities and abstains where the likeliest genre is not likely
enough, or where the song is unlike everything that was learned from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mixassist.errors import ModelError
from mixassist.suggest.classifier import LinearClassifier
from mixassist.suggest.features import GENRE_COLUMNS
from mixassist.suggest.learned_file import DATA, read_learned, write_learned

KIND = "genre"
SHIPPED = DATA / "genre.json"

SURE = 0.5
"""The least probability of an answer: below, the likeliest genre is more likely wrong than right."""


@dataclass(frozen=True)
class GenreGuess:
    """What a song sounds like: `name` is None where the model abstains, and `why_unsure` then says why.

    `is_stranger` where the song is unlike everything that was learned from: then probabilities tell nothing.
    """

    name: str | None
    probabilities: Mapping[str, float]
    why_unsure: str = ""
    is_stranger: bool = False

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, eq=False)
class GenreModel:
    """A classifier of songs and its card: sources, licence, what it did on held-out artists, limits."""

    classifier: LinearClassifier
    card: Mapping[str, Any] = field(default_factory=dict)

    def guess(self, excerpts: list[dict[str, float]]) -> GenreGuess:
        """What a song sounds like by the level-free features of its excerpts: the geometric mean of their answers."""
        rows = np.array([self.classifier.row(features) for features in excerpts])
        likelihood = np.exp(np.log(np.maximum(self.classifier.probabilities(rows), 1e-12)).mean(axis=0))
        probabilities = likelihood / likelihood.sum()
        best = int(probabilities.argmax())
        name = self.classifier.classes[best]
        distance, limit = float(np.median(self.classifier.distance(rows))), self.classifier.farthest
        is_stranger = distance > limit
        why = ""
        if is_stranger:
            why = f"it is unlike what was learned from ({distance:.1f} deviations from the middle, limit {limit:.1f})"
        elif probabilities[best] < SURE:
            why = f"{name} is likeliest with {probabilities[best]:.0%} only (an answer takes {SURE:.0%})"
        order = np.argsort(-probabilities, kind="stable")
        sorted_by_chance = {self.classifier.classes[k]: round(float(probabilities[k]), 4) for k in order}
        return GenreGuess(None if why else name, sorted_by_chance, why, is_stranger)


def save_genre_model(model: GenreModel, path: Path) -> None:
    """Writes the model as one JSON file."""
    write_learned(path, KIND, model.card, model.classifier.to_dict())


def load_genre_model(path: Path | None = None) -> GenreModel:
    """The model in a file, by default the shipped one.

    Raises:
        ModelError: when it is missing or no genre model of this version.
    """
    path = path or SHIPPED
    card, learned = read_learned(path, KIND)
    classifier = LinearClassifier.from_dict(learned)
    missing = sorted(set(classifier.columns) - set(GENRE_COLUMNS))
    if missing:
        raise ModelError(f"{path} asks for features nobody knows ({', '.join(missing[:3])}): fit it again")
    return GenreModel(classifier, card)
