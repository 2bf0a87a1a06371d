"""The room's answer to a guess at the sound: its filters are found again, and what explains itself is no tail."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.dsp.blind_decay import RoomEstimate
from separation.dereverb.convolution import DOUBT, LEAST_LEFT, RoomFilters, guess_sound, prior_of_taps
from separation.dereverb.convolution_stream import HeardRoom
from separation.dereverb.wpe import foretell
from tests.tolerances import DEREVERB_SOLVE

N_TAPS, DELAY, N_FRAMES = 6, 2, 400
VARIANCES = prior_of_taps(0.7, 1.0, N_TAPS)


@pytest.fixture
def spectrum(rng):
    """A sound of two channels in one bin, with silence before it, [1, 2, N_TAPS - 1 + N_FRAMES]."""
    sound = rng.standard_normal((1, 2, N_FRAMES)) + 1j * rng.standard_normal((1, 2, N_FRAMES))
    return np.pad(sound, ((0, 0), (0, 0), (N_TAPS - 1, 0))).astype(np.complex64)


def learned_from(heard, guess, weights=None):
    filters = RoomFilters(DELAY, VARIANCES, (1, 2), forget=1.0)
    filters.add(heard, guess, np.ones((1, N_FRAMES), np.float32) if weights is None else weights)
    return filters


def test_a_room_is_found_again_from_the_sound_itself(spectrum):
    late = 0.4 * spectrum[..., N_TAPS - 1 - 3 : -3][:, ::-1]  # each channel hears the other three frames later
    heard = spectrum[..., N_TAPS - 1 :] + late
    filters = learned_from(heard, spectrum)
    found = foretell(spectrum, filters.late_reach, (filters.late(),) * 2)
    assert np.linalg.norm(found - late) < 0.05 * np.linalg.norm(late)


def test_what_the_sound_explains_at_once_is_no_tail(spectrum):
    held = np.ones_like(spectrum) + 0.01 * spectrum
    filters = learned_from(held[..., N_TAPS - 1 :], held)
    assert np.abs(filters.late()).max() < 1e-3


def test_filters_are_the_weighted_least_squares_with_their_prior(spectrum, rng):
    heard = (rng.standard_normal((1, 2, N_FRAMES)) + 1j * rng.standard_normal((1, 2, N_FRAMES))).astype(np.complex64)
    weights = rng.uniform(0.5, 2, (1, N_FRAMES)).astype(np.float32)
    root = np.sqrt(weights[0])[:, None]
    rows = np.stack([spectrum[0, :, frame : frame + N_TAPS].T.ravel() for frame in range(N_FRAMES)])
    targets = (heard - spectrum[..., N_TAPS - 1 :])[0].T
    ridge = np.diag(np.sqrt(DOUBT * N_FRAMES / np.repeat(VARIANCES[::-1], 2)))
    solved = np.linalg.lstsq(np.vstack([root * rows, ridge]), np.vstack([root * targets, np.zeros((12, 2))]))[0]
    late = learned_from(heard, spectrum, weights).late()[0]
    np.testing.assert_allclose(late, solved[: 2 * (N_TAPS - DELAY)].conj(), atol=DEREVERB_SOLVE)


def test_before_anything_is_heard_nothing_is_late():
    assert not RoomFilters(DELAY, VARIANCES, (3, 1), forget=0.5).late().any()


def test_the_guess_leaves_what_cannot_be_tail():
    spectrum = np.full((1, 1, 4), 2j, np.complex64)
    power = np.array([[4, 4, 4, 0]], np.float32)
    guess = guess_sound(spectrum, power, np.array([[0, 1, 9, 0]], np.float32))
    np.testing.assert_allclose(np.abs(guess[0, 0]) ** 2 / 4, [1, 0.75, LEAST_LEFT, LEAST_LEFT], rtol=1e-5)


def test_a_room_that_was_not_heard_is_assumed():
    assert HeardRoom.of(None) == HeardRoom.of(RoomEstimate(None, {}, None, 0.0)) == HeardRoom()
    assert HeardRoom.of(RoomEstimate(1.2, {}, -3.0, 0.5)) == HeardRoom(1.2, -3.0)
    assert HeardRoom(0.5).decay(0.5) == pytest.approx(1e-6)
    assert HeardRoom(drr_db=-3).drier(3).reverberant == pytest.approx(1)
