"""Faders judged together: against the sum over all cases, and as one would wish on plain ones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.integrate import quad

from mixassist.suggest.fader_posterior import FINISHED, OFF_DB, SHARES, Deviations, judge
from tests.tolerances import SUMMED_LEVELS_DB


def normal(x, deviation):
    return np.exp(-0.5 * (x / deviation) ** 2) / deviation / np.sqrt(2 * np.pi)


def likelihood(d, spread):
    """Of deviations, whatever the level they share."""
    return quad(lambda level: np.prod(normal(d - level, spread)), -40, 40, points=d)[0]


def by_cases(d, v):
    """The same by going through which tracks are off."""
    shares = sorted({1 / len(d), *SHARES})
    total, errors = 0.0, np.zeros(len(d))
    for case in product([False, True], repeat=len(d)):
        off = np.array(case)
        spread = np.where(off, np.hypot(v, OFF_DB), v)
        weight = np.mean([np.prod(np.where(off, share, 1 - share)) for share in shares]) * likelihood(d, spread)
        rest = d - np.average(d, weights=spread**-2)
        total += weight
        errors += weight * off * rest * (OFF_DB / spread) ** 2
    finished = FINISHED * likelihood(d, v)
    return finished / (finished + (1 - FINISHED) * total), errors / total


@pytest.mark.parametrize("d", [[0.0, 3.0, -1.0], [0.0, 12.0, 1.0], [-7.0, 6.0, 0.0]])
def test_it_is_bayes_rule(d):
    d, v = np.array(d), np.array([2.5, 3.0, 4.0])
    finished, errors = by_cases(d, v)
    verdict = judge([Deviations(d, v)])
    assert verdict.finished == pytest.approx(finished, abs=1e-3)
    assert verdict.error_db == pytest.approx(errors - np.median(errors), abs=SUMMED_LEVELS_DB)


def test_what_deviates_as_finished_songs_do_is_finished():
    v = np.array([2.5, 3.5, 4.0, 6.0])
    assert judge([Deviations(np.array([1.0, -2.0, 3.0, -4.0]), v)]).finished > 0.5
    assert judge([Deviations(4 * np.array([1.0, -2.0, 3.0, -4.0]), v)]).finished < 0.1


def test_the_level_all_tracks_share_says_nothing():
    d, v = np.array([1.0, -6.0, 8.0]), np.full(3, 3.0)
    here, there = judge([Deviations(d, v)]), judge([Deviations(d + 7, v)])
    assert there.finished == pytest.approx(here.finished)
    assert there.error_db == pytest.approx(here.error_db)


def test_one_fader_off_is_the_one_that_moves():
    error_db = judge([Deviations(np.array([0.5, -1.0, 20.0, 1.0, -0.5]), np.full(5, 3.0))]).error_db
    assert 12 < error_db[2] < 20
    assert np.abs(error_db[[0, 1, 3, 4]]).max() < 1


def test_targets_that_fit_have_their_say():
    v = np.full(3, 2.5)
    fits, fits_not = np.array([0.5, 0.0, -1.0]), np.array([9.0, -9.0, 6.0])
    both = [Deviations(fits_not, v, 0.7), Deviations(fits, v, 0.3)]
    assert judge(both).finished > 0.5 > judge(both[:1]).finished
    assert judge(both).likely.argmax() == 1
    assert judge(both).likely.sum() == pytest.approx(1)
