"""Recorded drums: strokes sound at their time, and what is missing has a stand-in."""

from __future__ import annotations

import numpy as np
import pytest

from separation.songs import RATE
from separation.training_set.drumming import GROUPS, Hit
from separation.training_set.kits import strike


def click(seconds: float) -> np.ndarray:
    return np.ones((2, int(seconds * RATE)), np.float32)


def test_strokes_sound_at_their_time_on_the_track_of_their_group(rng):
    hits = [Hit("kick", 0.5, 1.0), Hit("ride", 1.0, 1.0)]
    tracks = strike(hits, {"kick": [click(0.1)], "hat": [click(0.1)]}, 2 * RATE, rng)
    assert set(tracks) == set(GROUPS)
    for group, at_s in (("kick", 0.5), ("cymbals", 1.0)):
        assert np.argmax(tracks[group][0] > 0) / RATE == pytest.approx(at_s, abs=0.02)
    assert not tracks["toms"].any()


def test_an_open_hat_ends_with_the_next_stroke_on_the_hat(rng):
    hits = [Hit("open_hat", 0.2, 1.0), Hit("hat", 0.7, 0.0)]
    track = strike(hits, {"open_hat": [click(2.0)], "hat": [click(0.1)]}, 2 * RATE, rng)["cymbals"]
    assert np.abs(track[:, int(0.75 * RATE) :]).max() == 0
    assert np.abs(track[:, int(0.6 * RATE)]).min() > 0.5


def test_harder_strokes_take_louder_layers(rng):
    kit = {"kick": [click(0.1), 3 * click(0.1)]}
    soft, hard = (strike([Hit("kick", 0.1, strength)], kit, RATE, rng)["kick"].max() for strength in (0.3, 1.0))
    assert hard > 2.5
    assert soft < 0.5
