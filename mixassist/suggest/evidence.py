"""How much of what sets a song apart is a fault: what finished songs differ by, weighed against what goes wrong.

A song lies off the middle of its kind by `x`. Finished songs do so as N(0, C), jointly over bands, for a dark song is
dark in all its treble; a song with a fault does so as N(0, C + F). Bayes' rule tells how likely a fault is, and
F (C + F)⁻¹ x is what it would be. Tails are those of a Student t: one odd song in a hundred is no proof of a fault.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixassist.dsp.hops import Floats

N_DEGREES = 8
"""Degrees of freedom of the tails."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """How likely a fault is, and what it would be [K], in the unit of the deviation."""

    probability: float
    fault: Floats

    @property
    def expected(self) -> Floats:
        """The fault [K] times its probability: what to take away, for the least error on average."""
        return np.asarray(self.probability * self.fault)


def weigh(deviation: Floats, ordinary: Floats, faults: Floats, prior: float) -> Evidence:
    """What a deviation [K] tells, where finished songs vary by `ordinary` [K, K] and faults by `faults` [K, K].

    `prior` is how likely a fault is before anything is measured, between 0 and 1.
    """
    both = ordinary + faults
    odds = np.log(prior / (1 - prior)) + _log_density(deviation, both) - _log_density(deviation, ordinary)
    return Evidence(float(1 / (1 + np.exp(-np.clip(odds, -50, 50)))), faults @ np.linalg.solve(both, deviation))


def weigh_number(deviation: float, ordinary: float, fault: float, prior: float) -> Evidence:
    """`weigh` for one number, whose standard deviations are given."""
    return weigh(np.array([deviation]), np.array([[ordinary**2]]), np.array([[fault**2]]), prior)


def _log_density(x: Floats, covariance: Floats) -> float:
    """Of a multivariate t with this covariance at x [K], but for what all have in common."""
    distance = float(x @ np.linalg.solve(covariance, x))
    spread = float(np.linalg.slogdet(covariance)[1])
    return -0.5 * (spread + (N_DEGREES + len(x)) * np.log1p(distance / (N_DEGREES - 2)))
