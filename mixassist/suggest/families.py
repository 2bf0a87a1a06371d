"""Families of instruments, learned from stems: `FOLDER/song/{drums,bass,other,vocals}.ogg`."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mixassist.suggest.classifier import LinearClassifier
from mixassist.suggest.excerpts import read_excerpts
from mixassist.suggest.learning import Examples, HeldOut, fit_classifier
from mixassist.suggest.track_sound import RATE_HZ, SOUND_COLUMNS, sound_features

STEMS = ("bass", "drums", "other", "vocals")
PIECE_S = 10.0
N_PIECES = 12
SURE = 0.5
INVERSE_PENALTY = 0.01
"""Seven songs teach little: a stronger penalty than genres have."""


def stem_examples(folder: Path) -> Examples:
    """Pieces of the stems of each song below the folder; a song is a group."""
    rows, labels, groups = [], [], []
    for path in sorted(folder.rglob("*.ogg")):
        if path.stem not in STEMS:
            continue
        for piece in read_excerpts(path, PIECE_S, N_PIECES, RATE_HZ):
            if np.abs(piece).max() > 1e-3:
                features = sound_features(piece)
                rows.append([features[column] for column in SOUND_COLUMNS])
                labels.append(path.stem)
                groups.append(path.parent.name)
    return Examples(SOUND_COLUMNS, np.array(rows), labels, groups)


def learn_families(examples: Examples) -> tuple[LinearClassifier, HeldOut]:
    """The classifier of families of these pieces, and what it did on songs that were held out."""
    return fit_classifier(examples, SURE, INVERSE_PENALTY)


def trial(classifier: LinearClassifier, examples: Examples) -> dict[str, float]:
    """Pieces told right, in all and per family."""
    best = classifier.probabilities(examples.rows).argmax(axis=1)
    is_right = np.array(classifier.classes)[best] == np.array(examples.labels)
    by_family = {
        name: float(is_right[np.array(examples.labels) == name].mean()) for name in sorted(set(examples.labels))
    }
    return {"all": float(is_right.mean()), **by_family}
