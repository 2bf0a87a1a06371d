"""What could be done to the masks of `lite` and is not, because it did not help enough: each a small function.

Conventions: a candidate takes a `Segment` and gives the spectra of the stems [B, S, C, F, K], which sum to the
mixture's. What `separation.refinement` can do is measured as it is there.

References:
    Nugraha, Liutkus and Vincent 2016, "Multichannel audio source separation with deep neural networks" (the EM);
    Liutkus and Stöter 2019, norbert (its form for two channels).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixassist.runtime import Session
from separation.refinement import Refinement
from separation.songs import STEMS

Floats = NDArray[np.float32]
Complexes = NDArray[np.complex64]

BASS, OTHER, VOCALS = (STEMS.index(name) for name in ("bass", "other", "vocals"))
FLOOR = 1e-10


@dataclass(frozen=True)
class Segment:
    """A piece of a mixture on its way through the network.

    `spectrum` is [B, C, F, K], `magnitude` what the network saw of it [B, 4, F, K], `masks` its answer
    [B, S, C, F, K].
    """

    session: Session
    spectrum: Complexes
    magnitude: Floats
    masks: Floats

    @property
    def frames_per_s(self) -> float:
        return float(self.session.spec.rate / self.session.spec.options["hop"])

    @property
    def hz(self) -> Floats:
        """Frequencies of the bins [F, 1]."""
        n_bins = self.spectrum.shape[-2]
        return np.linspace(0, self.session.spec.rate / 2, n_bins)[:, None].astype(np.float32)

    def stems(self, masks: Floats) -> Complexes:
        """The stems that `masks` make of the mixture."""
        return masks * self.spectrum[:, None]

    def asked_again(self, magnitude: Floats) -> Floats:
        """The network's masks of another look at the mixture."""
        masks: Floats = self.session.run({"magnitude": magnitude})["mask"]
        return masks


Candidate = Callable[[Segment], Complexes]


def refined(refinement: Refinement) -> Candidate:
    """What `lite` itself can do."""
    return lambda segment: segment.stems(refinement(segment.masks, segment.spectrum, segment.frames_per_s))


def expectation_maximisation(n_rounds: int, diffuse: float = 0.1, power: float = 2.0) -> Candidate:
    """Multichannel Wiener filters from each stem's spatial covariance, one per bin and segment.

    Each source is taken to be diffuse in part, which keeps every covariance, also a mono song's, invertible. A `power`
    of 1 weighs sources by magnitude instead of energy.
    """

    def candidate(segment: Segment) -> Complexes:
        stems = segment.stems(segment.masks)
        for _ in range(n_rounds):
            stems = np.stack([_wiener(*pair, diffuse, power) for pair in zip(stems, segment.spectrum, strict=True)])
        return stems

    return candidate


def _wiener(stems: Complexes, mixture: Complexes, diffuse: float, power: float) -> Complexes:
    """Stems [S, 2, F, K] after one round: v_j R_j (Σ v R)⁻¹ x, with R_j = [[a, b], [b*, d]] per bin."""
    energy = np.square(np.abs(stems))
    level = energy.mean(axis=1) + FLOOR
    total = level.sum(axis=-1)
    a, d = ((1 - diffuse) * energy[:, channel].sum(axis=-1) / total + diffuse for channel in (0, 1))
    b = (1 - diffuse) * (stems[:, 0] * stems[:, 1].conj()).sum(axis=-1) / total
    weight = level ** (power / 2)
    a_all, d_all, b_all = (np.einsum("sfk,sf->fk", weight, part) for part in (a, d, b))
    determinant = a_all * d_all - np.square(np.abs(b_all))
    left = (d_all * mixture[0] - b_all * mixture[1]) / determinant
    right = (a_all * mixture[1] - b_all.conj() * mixture[0]) / determinant
    a, b, d = (part[..., None] for part in (a, b, d))
    pair = [weight * (a * left + b * right), weight * (b.conj() * left + d * right)]
    return np.stack(pair, axis=1).astype(np.complex64)


def vocals_louder(gain: float) -> Candidate:
    """Vocals' masks are multiplied by `gain`, then all are scaled to sum to 1 again."""

    def candidate(segment: Segment) -> Complexes:
        masks = segment.masks.copy()
        masks[:, VOCALS] *= np.float32(gain)
        return segment.stems(masks / masks.sum(axis=1, keepdims=True))

    return candidate


def vocals_above(hz: float) -> Candidate:
    """What vocals hold below a frequency goes to bass and other, as their masks are."""

    def candidate(segment: Segment) -> Complexes:
        masks = segment.masks.copy()
        lost = masks[:, VOCALS] / (1 + (segment.hz / hz) ** 8)
        receivers = masks[:, [BASS, OTHER]]
        masks[:, VOCALS] -= lost
        masks[:, [BASS, OTHER]] += lost[:, None] * receivers / (receivers.sum(axis=1, keepdims=True) + FLOOR)
        return segment.stems(masks)

    return candidate


def bass_below(hz: float) -> Candidate:
    """What bass holds above a frequency goes to other."""
    return lambda segment: segment.stems(_moved(segment.masks, BASS, 1 / (1 + (hz / (segment.hz + 1)) ** 4)))


def doubtful_to_other(sureness: float) -> Candidate:
    """Bins in which no stem's mask reaches `sureness` go to other: residual assignment."""

    def candidate(segment: Segment) -> Complexes:
        is_doubtful = segment.masks.max(axis=1, keepdims=True) < sureness
        only_other = np.zeros_like(segment.masks)
        only_other[:, OTHER] = 1
        return segment.stems(np.where(is_doubtful, only_other, segment.masks))

    return candidate


def smoothed(share: float) -> Candidate:
    """Each mask has `share` of its neighbours' mean, in time and frequency."""

    def candidate(segment: Segment) -> Complexes:
        masks = segment.masks
        for axis in (-1, -2):
            edges = [(0, 0)] * (masks.ndim + axis) + [(1, 1)] + [(0, 0)] * (-1 - axis)
            padded = np.swapaxes(np.pad(masks, edges, mode="edge"), axis, -1)
            around = (padded[..., :-2] + padded[..., 2:]) / 2
            masks = np.swapaxes((1 - share) * padded[..., 1:-1] + share * around, axis, -1)
        return segment.stems(masks.astype(np.float32))

    return candidate


def same_on_both_sides(segment: Segment) -> Complexes:
    """Left and right get the mean of their masks."""
    return segment.stems(np.broadcast_to(segment.masks.mean(axis=2, keepdims=True), segment.masks.shape))


def with_sides_swapped(segment: Segment) -> Complexes:
    """The mean of the masks and of those for the song with left and right exchanged."""
    swapped: Floats = segment.asked_again(segment.magnitude[:, [1, 0, 2, 3]])[:, :, ::-1]
    return segment.stems((segment.masks + swapped) / np.float32(2))


def at_other_levels(gains: Sequence[float]) -> Candidate:
    """The mean of the masks and of those for the song louder and softer."""

    def candidate(segment: Segment) -> Complexes:
        looks = [segment.magnitude * np.float32(gain) for gain in (1.0, *gains)]
        masks = np.stack([segment.asked_again(look) for look in looks])
        return segment.stems(np.asarray(masks.mean(axis=0), np.float32))

    return candidate


def _moved(masks: Floats, giver: int, share: NDArray[np.floating[Any]]) -> Floats:
    """Masks after `giver` gave a share [F, 1] of its own to other."""
    moved = masks.copy()
    moved[:, OTHER] += share * masks[:, giver]
    moved[:, giver] *= 1 - share
    return moved
