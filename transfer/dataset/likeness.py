"""How alike the recordings of a data set are: the one number that says whether a model has a chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import cdist

from transfer.dataset.cutting import Draft
from transfer.dataset.timbre import N_MEL

N_AT_ONCE = 256


def nearest_db(drafts: Sequence[Draft]) -> float | None:
    """Median over segments of how far the mean spectrum of the nearest one of another recording lies, in dB.

    The distance is the rms difference of smoothed mel spectra, whatever the level; small is alike. None where there is
    one recording alone.
    """
    recordings = np.array([draft.recording for draft in drafts])
    if len(set(recordings)) < 2:
        return None
    points = np.array([draft.measured.timbre for draft in drafts]) / np.sqrt(N_MEL)
    nearest = []
    for at in range(0, len(points), N_AT_ONCE):
        some = slice(at, at + N_AT_ONCE)
        distance = cdist(points[some], points)
        distance[recordings[some, np.newaxis] == recordings] = np.inf
        nearest.append(distance.min(axis=1))
    return float(np.median(np.concatenate(nearest)))
