"""What deviations from usual levels say of a song's faders, all tracks together: is it finished, and what is off?

In a finished mix, tracks deviate from their targets by as much as songs spread. Where faders are off as well, some
share of the tracks deviates by more. With the level g that all tracks have in common, and s the share that is off,

    finished:  d_i - g ~ N(0, v_i²)
    off:       d_i - g ~ (1 - s) N(0, v_i²) + s N(0, v_i² + OFF_DB²),   s = 1/N, 1/4, 1/2, 3/4 or 1

and of a track that is off, OFF_DB² / (v_i² + OFF_DB²) of the deviation is the fader's (the posterior mean of normals).
Nothing is known of g; it is summed over. Songs may be held against several sets of targets, each with a probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.special

from mixassist.dsp.hops import Floats

FINISHED = 0.55
"""How many mixes are taken to be finished before they are looked at. More than half, for moving what is right does more
harm than leaving what is off."""

OFF_DB = 9 / 3**0.5
"""The deviation of a fader that is off: of errors spread evenly over ±9 dB."""

SHARES = (0.25, 0.5, 0.75, 1.0)
STEP_DB = 0.25


@dataclass(frozen=True, eq=False)
class Deviations:
    """Deviations [N] from targets and how far finished songs spread around those [N]; the targets' probability."""

    deviation_db: Floats
    spread_db: Floats
    probability: float = 1.0


@dataclass(frozen=True, eq=False)
class Verdict:
    """The probability of a finished mix and, if it is none, of the targets [H], and the faders' expected errors [N]."""

    finished: float
    likely: Floats
    error_db: Floats

    @property
    def is_finished(self) -> bool:
        return self.finished > 0.5


def judge(held: Sequence[Deviations]) -> Verdict:
    """What to think of a song, by Bayes' rule; errors are re the track that is least in need of a move."""
    weighed = [_weigh(each) for each in held]
    finished, off = (np.array([each[k] for each in weighed]) for k in (0, 1))
    likely = scipy.special.softmax(off)
    error_db = likely @ np.array([each[2] for each in weighed])
    odds = np.log(FINISHED / (1 - FINISHED)) + scipy.special.logsumexp(finished) - scipy.special.logsumexp(off)
    return Verdict(float(scipy.special.expit(odds)), likely, error_db - _middle(error_db))


def _weigh(held: Deviations) -> tuple[float, float, Floats]:
    """Log-likelihood of finished and of off, with the targets' probability, and the errors [N] in the latter."""
    d, v = held.deviation_db, held.spread_db
    levels = np.arange(d.min() - 3 * v.max(), d.max() + 3 * v.max(), STEP_DB)
    rest = d - levels[:, None]
    wide = np.hypot(v, OFF_DB)
    right, wrong = _log_normal(rest, v), _log_normal(rest, wide)  # [L, N]
    shares = np.unique([1 / len(d), *SHARES])
    share = shares[:, None, None]
    with np.errstate(divide="ignore"):  # log(1 - 1): no track is right where all are off
        is_wrong, is_right = np.log(share) + wrong, np.log(1 - share) + right
    either = np.logaddexp(is_right, is_wrong)
    joint = either.sum(axis=-1) - np.log(len(shares))  # [S, L]
    total = float(scipy.special.logsumexp(joint))
    errors = np.exp(joint - total)[..., None] * np.exp(is_wrong - either) * rest * (OFF_DB / wide) ** 2
    prior = float(np.log(held.probability))
    return prior + float(scipy.special.logsumexp(right.sum(axis=1))), prior + total, errors.sum(axis=(0, 1))


def _log_normal(rest: Floats, deviation: Floats) -> Floats:
    """Log-density without the constant that all have."""
    return np.asarray(-0.5 * (rest / deviation) ** 2 - np.log(deviation))


def _middle(values: Floats) -> float:
    """The median, or of the two middle values the one nearer to 0: from there the least has to be moved."""
    ordered = np.sort(values)
    middle = ordered[(len(values) - 1) // 2 : len(values) // 2 + 1]
    return float(middle[np.argmin(np.abs(middle))])
