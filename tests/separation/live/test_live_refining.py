"""Masks of a stream, refined from the past alone."""

from __future__ import annotations

import numpy as np
import pytest

from separation.live.net import live_net
from separation.live.refining import LiveRefinement
from separation.live.separator import LiveSeparator
from separation.refinement import OTHER, VOCALS, Refinement, sharpened
from tests.live_models import ExactSession

FRAMES_PER_S = 100.0


@pytest.fixture
def masks(rng):
    raw = rng.exponential(size=(4, 2, 33))
    return raw / raw.sum(axis=0)


@pytest.fixture
def spectrum(rng):
    return rng.standard_normal((2, 33)) + 1j * rng.standard_normal((2, 33))


def test_by_default_masks_stay_as_they_are(masks, spectrum):
    assert LiveRefinement(Refinement(), FRAMES_PER_S)(masks, spectrum) is masks


def test_they_are_sharpened_as_offline(masks, spectrum):
    found = LiveRefinement(Refinement(sharpness=0.5), FRAMES_PER_S)(masks, spectrum)
    np.testing.assert_array_equal(found, sharpened(masks[None], 0.5)[0])


def faint(masks, level_db):
    """The masks with vocals at about this level relative to the mixture."""
    quiet = masks.copy()
    quiet[VOCALS] = 10 ** (level_db / 20)
    quiet[OTHER] += 1 - quiet.sum(axis=0)
    return quiet


@pytest.mark.parametrize(("level_db", "kept"), [(-40, 0.0), (-30, 0.5), (-20, 1.0)])
def test_vocals_that_stay_faint_go_to_other(masks, spectrum, level_db, kept):
    refine = LiveRefinement(Refinement(vocals_threshold_db=-30.0), FRAMES_PER_S)
    given = faint(masks, level_db)
    found = refine(given, spectrum)
    np.testing.assert_allclose(found.sum(axis=0), 1)
    np.testing.assert_allclose(found[VOCALS], kept * given[VOCALS], atol=0.01 * given[VOCALS].max())


def test_singing_is_remembered_for_about_a_window(masks, spectrum):
    refine = LiveRefinement(Refinement(vocals_threshold_db=-30.0, vocals_window_s=1.0), FRAMES_PER_S)
    for _ in range(300):
        refine(faint(masks, -10), spectrum)
    given = faint(masks, -60)
    shares = [float((refine(given, spectrum)[VOCALS] / given[VOCALS]).mean()) for _ in range(1000)]
    assert shares[50] > 0.9
    assert shares[-1] < 0.1
    assert np.diff(shares).max() < 1e-6  # it only falls, but for the last digit
    refine.reset()
    assert float((refine(given, spectrum)[VOCALS] / given[VOCALS]).mean()) < 0.1


def test_a_stream_is_refined_and_still_sums_to_the_song(small_net, song, play):
    plain, _ = play(LiveSeparator(ExactSession(live_net(small_net))), song, [3000])
    session = ExactSession(live_net(small_net), sharpness=0.5, vocals_threshold_db=-3.0)
    separator = LiveSeparator(session)
    stems, residual = play(separator, song, [3000])
    assert np.abs(stems - plain).max() > 0.01
    assert np.abs(residual).max() < 1e-12
    separator.reset()
    np.testing.assert_array_equal(play(separator, song, [1000, 2000])[0], stems)
