"""Segments that are there twice: the same sound in another file, louder or softer, or through a lossy codec.

Sixteen means of cepstra over time tell one performance from the next: on 256 notes of a saxophone the two most alike,
one performance by two microphones, lie 1.7 dB apart, and copies through MP3 0.02 dB.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import KDTree

from transfer.dataset.measuring import N_SLICES, Measured

COPY_DB = 0.5
SAME_LENGTH = 0.1


def find_copies(segments: Sequence[Measured], seconds: Sequence[float], recordings: Sequence[str]) -> dict[int, int]:
    """For each segment that is a copy, the first one that it is a copy of; within one recording music may repeat."""
    if not segments:
        return {}
    points = np.array([segment.slices.ravel() for segment in segments])
    reach = COPY_DB * np.sqrt(N_SLICES * segments[0].timbre.size)
    found: dict[int, int] = {}
    for first, second in sorted(KDTree(points).query_pairs(reach)):
        is_as_long = abs(seconds[first] - seconds[second]) <= SAME_LENGTH * seconds[first]
        if is_as_long and recordings[first] != recordings[second] and first not in found:
            found.setdefault(second, first)
    return found
