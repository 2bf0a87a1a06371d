"""What is done to the masks of `lite`, on masks small enough to reckon by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from mixassist.errors import ModelError
from separation.lite import MaskNetwork
from separation.refinement import OTHER, VOCALS, Refinement, sharpened
from tests.signals import noise

FRAMES_PER_S = 10


def evenly(shares: tuple[float, float, float, float], n_frames: int = 40) -> np.ndarray:
    """Masks [1, S, 2, 3, K] that give each stem the same share everywhere."""
    return np.tile(np.array(shares, np.float32).reshape(1, 4, 1, 1, 1), (1, 1, 2, 3, n_frames))


@pytest.fixture
def spectrum(rng) -> np.ndarray:
    parts = rng.standard_normal((2, 1, 2, 3, 40)).astype(np.float32)
    return parts[0] + 1j * parts[1]


def test_nothing_asked_is_nothing_done(spectrum):
    masks = evenly((0.4, 0.3, 0.2, 0.1))
    assert Refinement.from_options({"stems": []})(masks, spectrum, FRAMES_PER_S) is masks


def test_a_root_makes_masks_more_equal_and_keeps_their_sum():
    masks = sharpened(evenly((0.8, 0.2, 0.0, 0.0)), 0.5)
    np.testing.assert_allclose(masks[0, :, 0, 0, 0], (2 / 3, 1 / 3, 0, 0), atol=1e-6)


@pytest.mark.parametrize(("below_db", "kept"), [(-40, 1.0), (0, 0.5), (2, 0.1), (60, 0.0)])
def test_vocals_are_kept_by_their_level(spectrum, below_db, kept):
    masks = evenly((0.5, 0.2, 0.2, 0.1))
    refined = Refinement(vocals_threshold_db=-20 + below_db)(masks, spectrum, FRAMES_PER_S)
    np.testing.assert_allclose(refined[:, VOCALS], 0.1 * kept, atol=1e-4)
    np.testing.assert_allclose(refined[:, OTHER], 0.2 + 0.1 * (1 - kept), atol=1e-4)


def test_vocals_open_and_close_as_the_song_is_sung(spectrum):
    masks = evenly((0.3, 0.3, 0.37, 0.03))
    masks[:, OTHER, ..., 20:], masks[:, VOCALS, ..., 20:] = 0.03, 0.37
    vocals = Refinement(vocals_threshold_db=-20, vocals_window_s=0.5)(masks, spectrum, FRAMES_PER_S)[:, VOCALS]
    assert vocals[..., :15].max() < 0.003
    assert vocals[..., 25:].min() > 0.36


def test_silence_is_divided_by_something():
    masks, silence = evenly((0.25, 0.25, 0.25, 0.25)), np.zeros((1, 2, 3, 40), np.complex64)
    refined = Refinement(0.5, -20)(masks, silence, FRAMES_PER_S)
    np.testing.assert_allclose(refined.sum(axis=1), 1, atol=1e-6)


def test_silence_after_a_loud_passage_leaves_no_gap(spectrum):
    spectrum[..., :20] *= 1e6
    spectrum[..., 20:] = 0
    refined = Refinement(vocals_threshold_db=-20)(evenly((0.5, 0.3, 0.1, 0.1)), spectrum, FRAMES_PER_S)
    assert np.isfinite(refined).all()


def test_another_versions_refinement_is_refused():
    with pytest.raises(ModelError, match="reverb"):
        Refinement.from_options({"refinement": {"reverb": 1.0}})


@pytest.mark.parametrize("refinement", [{}, {"sharpness": 0.6, "vocals_threshold_db": -24.0}])
def test_stems_sum_to_the_mixture(refinement):
    options = {"n_fft": 64, "hop": 16, "n_segment_frames": 41, "refinement": refinement}
    seen = SimpleNamespace(options=options, rate=1600)
    masks = np.random.default_rng(0).dirichlet(np.ones(4), (1, 2, 33, 41)).astype(np.float32)
    session = SimpleNamespace(spec=seen, run=lambda inputs: {"mask": np.moveaxis(masks, -1, 1)})
    mixture = noise(640)
    stems = MaskNetwork(session)(mixture[None], range(4))
    np.testing.assert_allclose(stems[0].sum(axis=0), mixture, atol=1e-6)
