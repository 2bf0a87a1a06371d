"""Which segments sound like the rest, and which do not belong: noise, another microphone's mishap, another instrument.

Every instrument changes with pitch, loudness and manner, so no segment is like the mean of all. But it has neighbours:
segments that lie close form a chain, and what no chain leads to is foreign, be it one segment or a whole family.

Conventions:
    A segment is a point: its mean cepstra less what its pitch explains, and how much they vary; each divided by the
    median deviation over typical ones. There are two looks: what the first finds foreign has no say in the second.
    `Belonging.distance` of 1 is how far apart neighbours may lie.

References:
    Ester et al., "A density-based algorithm for discovering clusters", KDD 1996 (DBSCAN).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from mixassist.dsp.hops import Floats
from transfer.dataset.measuring import Measured

N_NEIGHBOURS = 5
MIN_SEGMENTS = 16
"""Fewer cannot be compared."""
REACHES = (1.65, 1.55)
REACH_OF_FEW = 25.0
"""Neighbours may lie 1.65 (1 + 25 / N) times the median distance of fifth neighbours apart, at the second look 1.55:
few segments lie sparsely. Chosen on notes of a saxophone, mixed with singers, guitars and other winds, and on sets of
twenty notes alone."""
DENSE = 0.6
N_DENSE_LOOKS = 2
"""At the first look, the scale is that of the densest 60 % of segments, twice over: a crowd of strangers widens it."""
SPREAD_WEIGHT = 0.5
MAD_TO_DEVIATION = 1.4826
N_REWEIGHTINGS = 10
REMARKABLE = 3.0
"""Deviations of the median kind by which a feature is named as a reason."""


@dataclass(frozen=True, eq=False)
class Belonging:
    """What was found of N segments.

    Attributes:
        is_foreign: [N], whether no chain of neighbours leads to the largest family.
        distance: [N], to the fifth nearest segment of that family, 1 being the reach.
        similarity: [N], exp(-distance): 1 among equals, 0.37 at the reach.
        words: what each sounds like, compared with the family; empty where it is not remarkable.
    """

    is_foreign: NDArray[np.bool_]
    distance: Floats
    words: tuple[str, ...]

    @property
    def similarity(self) -> Floats:
        return np.exp(-self.distance)


def compare(segments: Sequence[Measured], seconds: Sequence[float]) -> Belonging:
    """Who belongs; everybody does where there are too few to compare.

    Args:
        segments: N of them.
        seconds: [N], by which the largest family is known.
    """
    if len(segments) < MIN_SEGMENTS:
        n = len(segments)
        return Belonging(np.zeros(n, dtype=bool), np.zeros(n), ("",) * n)
    is_family, reach, points = _look(segments, seconds, REACHES[0], N_DENSE_LOOKS)
    left = np.flatnonzero(is_family).tolist()
    if len(left) >= MIN_SEGMENTS:
        chosen = [segments[index] for index in left]
        is_still, reach, _ = _look(chosen, [seconds[index] for index in left], REACHES[1], 0)
        points = _points(segments, is_family)
        is_family[np.flatnonzero(is_family)[~is_still]] = False
    n_asked = min(N_NEIGHBOURS + 1, int(is_family.sum()))
    to_family = KDTree(points[is_family]).query(points, n_asked)[0].reshape(len(points), n_asked)
    distance = np.where(is_family, to_family[:, -1], to_family[:, -2 if n_asked > 1 else -1]) / reach
    return Belonging(~is_family, distance, tuple(_words(segments, is_family)))


def _look(
    segments: Sequence[Measured], seconds: Sequence[float], reach: float, n_dense_looks: int
) -> tuple[NDArray[np.bool_], float, Floats]:
    """Who belongs [N], how far apart neighbours may lie, and the points [N, 24]."""
    is_dense = np.ones(len(segments), dtype=bool)
    for _ in range(n_dense_looks):
        sparsity = _sparsity(_points(segments, is_dense))
        is_dense = sparsity <= np.quantile(sparsity, DENSE)
    points = _points(segments, is_dense)
    sparsity = _sparsity(points)
    reach *= (1 + REACH_OF_FEW / len(points)) * max(float(np.median(sparsity)), 1e-9)
    return _largest_family(KDTree(points), sparsity <= reach, reach, np.asarray(seconds)), reach, points


def _sparsity(points: Floats) -> Floats:
    """Distance [N] of each point's fifth neighbour."""
    return np.asarray(KDTree(points).query(points, N_NEIGHBOURS + 1)[0][:, -1])


def _points(segments: Sequence[Measured], is_typical: NDArray[np.bool_]) -> Floats:
    """Features [N, 24]: what pitch does not explain of timbre and of its variation, in deviations of typical ones."""
    pitch = np.array([segment.pitch for segment in segments])
    timbre = _unexplained(np.array([segment.timbre for segment in segments]), pitch)
    spread = _unexplained(np.array([segment.spread for segment in segments]), pitch)
    return np.hstack([_scaled(timbre, is_typical), SPREAD_WEIGHT * _scaled(spread, is_typical)])


def _unexplained(features: Floats, pitch: Floats) -> Floats:
    """What is left of features [N, F] after a parabola over pitch [N] octaves, fitted so that few outliers bend it.

    It is fitted to all: typical segments alone may be those of one register, and lead it astray elsewhere.
    """
    has_pitch = np.isfinite(pitch)
    middle = float(np.median(pitch[has_pitch])) if has_pitch.any() else 0.0
    octaves = np.clip(np.where(has_pitch, pitch - middle, 0), -2, 2)
    terms = np.stack([np.ones_like(octaves), octaves, octaves**2], axis=1)
    weights = np.ones((len(octaves), 1))
    left = features
    for _ in range(N_REWEIGHTINGS):
        left = features - terms @ np.linalg.lstsq(terms * weights, features * weights, rcond=None)[0]
        size = np.sqrt(np.mean(np.square(left / _deviation(left)), axis=1, keepdims=True))
        weights = 1 / np.maximum(size, 1)
    return left


def _deviation(features: Floats) -> Floats:
    """[F], robust."""
    return MAD_TO_DEVIATION * np.median(np.abs(features), axis=0) + 1e-9


def _scaled(features: Floats, is_typical: NDArray[np.bool_]) -> Floats:
    centred = features - np.median(features[is_typical], axis=0)
    return centred / _deviation(centred[is_typical])


def _largest_family(tree: KDTree, is_core: NDArray[np.bool_], reach: float, seconds: Floats) -> NDArray[np.bool_]:
    """Whether each of N is in the chain of neighbours that holds most seconds, or at its edge."""
    n = len(is_core)
    pairs = tree.query_pairs(reach, output_type="ndarray")
    linked = pairs[is_core[pairs].all(axis=1)]
    graph = coo_matrix((np.ones(len(linked)), (linked[:, 0], linked[:, 1])), shape=(n, n))
    family = connected_components(graph, directed=False)[1]
    most = np.bincount(family, weights=np.where(is_core, seconds, 0)).argmax()
    is_inside = is_core & (family == most)
    at_edge = pairs[is_inside[pairs].any(axis=1)]
    is_family = is_inside.copy()
    is_family[at_edge] = True
    return is_family


def _words(segments: Sequence[Measured], is_family: NDArray[np.bool_]) -> list[str]:
    """What is remarkable about each segment, in words; compared with the median of the family."""
    tilt = np.array([segment.timbre[0] for segment in segments])
    spread = np.array([segment.spread.mean() for segment in segments])
    pitched = np.array([segment.pitched for segment in segments])
    pitch = np.array([segment.pitch for segment in segments])
    columns = ((tilt, "darker", "brighter"), (spread, "less steady", "steadier"), (pitch, "higher", "lower"))
    found: list[list[str]] = [["hardly pitched"] if share < pitched[is_family].min() else [] for share in pitched]
    for values, more, less in columns:
        known = values[is_family & np.isfinite(values)]
        if known.size == 0:
            continue
        size = (values - np.median(known)) / (MAD_TO_DEVIATION * np.median(np.abs(known - np.median(known))) + 1e-9)
        for words, deviation in zip(found, size, strict=True):
            if abs(deviation) > REMARKABLE:
                words.append(more if deviation > 0 else less)
    return [", ".join(words) for words in found]
