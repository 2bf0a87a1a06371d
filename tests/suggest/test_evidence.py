"""Evidence: a fault is told from what songs are like, by how bands go together, and left alone where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.suggest.evidence import weigh, weigh_number
from mixassist.suggest.faults import SAME_PIECE, STRANGER, priors_between, tone_faults

HZ = 1000 * 2.0 ** (np.arange(-12, 11) / 3)


@pytest.mark.parametrize(("off_db", "least", "most"), [(0, 0, 0.2), (3, 0.1, 0.4), (12, 0.9, 1)])
def test_what_is_further_off_is_likelier_a_fault(off_db, least, most):
    assert least <= weigh_number(off_db, ordinary=3, fault=8, prior=0.3).probability <= most


def test_one_number_is_weighed_by_its_variances():
    """The fault to be expected of N(0, 9) + N(0, 64) is 64 parts of 73."""
    assert weigh_number(10, 3, 8, 0.5).fault == pytest.approx(10 * 64 / 73)


def test_what_songs_do_by_themselves_is_no_fault(rng):
    """Songs differ by tilts: a tilt is ordinary, a bump of the same size is not."""
    tilt = np.log2(HZ / 1000)
    ordinary = 4 * np.outer(tilt, tilt) + 0.25 * np.eye(len(HZ))
    bump = np.exp(-np.square(tilt - 1))
    bump *= np.linalg.norm(tilt) / np.linalg.norm(bump)
    tilted, bumpy = (weigh(x, ordinary, tone_faults(HZ), 0.3) for x in (tilt, bump))
    assert tilted.probability < 0.1
    assert bumpy.probability > 0.9
    assert np.linalg.norm(bump - bumpy.expected) < 0.3 * np.linalg.norm(bump)


def test_the_same_piece_is_met_and_left_alone_when_it_is_there():
    ordinary = 0.01 * np.eye(len(HZ))
    off = 3 * np.exp(-np.square(np.log2(HZ / 3000)))
    assert np.abs(weigh(off, ordinary, tone_faults(HZ), 0.5).expected - off).max() < 0.3
    assert weigh(0 * off, ordinary, tone_faults(HZ), 0.5).probability < 0.01


def test_probabilities_are_right_on_average(rng):
    """Of songs that are said to have a fault with 30 %, 30 of 100 have one."""
    n_songs, prior = 4000, 0.3
    is_faulty = rng.random(n_songs) < prior
    tails = np.sqrt(8 / rng.chisquare(8, n_songs)) * np.sqrt(6 / 8)
    off = tails * rng.normal(0, np.where(is_faulty, np.hypot(3, 8), 3))
    said = np.array([weigh_number(x, 3, 8, prior).probability for x in off])
    for low in (0.15, 0.5):
        among = (said >= low) & (said < low + 0.35)
        assert is_faulty[among].mean() == pytest.approx(said[among].mean(), abs=0.06)


def test_the_stranger_the_reference_the_less_likely_a_fault():
    assert priors_between(SAME_PIECE, STRANGER, 0) == SAME_PIECE
    assert priors_between(SAME_PIECE, STRANGER, 1) == STRANGER
    between = priors_between(SAME_PIECE, STRANGER, 0.5)
    assert STRANGER.tone < between.tone < SAME_PIECE.tone
