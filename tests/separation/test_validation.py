"""Scores on songs held out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from separation.lite_scores import median_sdrs
from separation.net import LiteNet, LiteOptions
from separation.songs import RATE, STEMS, as_float
from separation.validation import separate_piece, validate, validate_song

NETWORK = LiteOptions(n_fft=512, hop=128, bands=((16, 2), (16, 8)), n_features=4, n_hidden=4, n_song=4)
N_PIECE = 2 * RATE


@pytest.fixture
def net() -> LiteNet:
    """A network that gives every stem a quarter of the mix."""
    net = LiteNet(NETWORK).eval()
    for parameter in net.decoders.parameters():
        torch.nn.init.zeros_(parameter)
    return net


@pytest.fixture
def noise(rng) -> np.ndarray:
    return rng.integers(-5000, 5000, (2, 5 * RATE), dtype=np.int16)


def test_a_piece_is_masked_and_comes_back_in_place(net, noise):
    mix = as_float(noise)
    np.testing.assert_allclose(separate_piece(net, mix, 0.1), np.stack([mix / 4] * 4), atol=1e-6)


def test_equal_stems_are_separated_by_equal_masks(net, noise):
    scores = validate_song(net, dict.fromkeys(STEMS, noise), n_piece=N_PIECE)
    assert list(scores) == list(STEMS)
    assert min(scores.values()) > 90


def test_every_second_piece_is_judged_and_missing_stems_are_not(net, noise):
    song = {"drums": noise, "vocals": noise[:1] // 2}
    other = {name: stem.copy() for name, stem in song.items()}
    other["vocals"][:, N_PIECE : 2 * N_PIECE] = 0
    assert validate_song(net, song, n_piece=N_PIECE) == validate_song(net, other, n_piece=N_PIECE)
    truths = np.zeros((4, 2, N_PIECE), np.float32)
    truths[0], truths[3] = as_float(noise[:, :N_PIECE]), as_float(noise[:1, :N_PIECE] // 2)
    expected = median_sdrs(truths, np.stack([truths.sum(axis=0) / 4] * 4), RATE)
    assert validate_song(net, song, n_piece=N_PIECE) == pytest.approx(expected, abs=0.02)


def test_stems_are_averaged_over_songs_that_have_them(net, noise, rng):
    long = np.tile(noise, 3)
    whole = dict.fromkeys(STEMS, long)
    without_drums = {name: stem for name, stem in whole.items() if name != "drums"}
    scores = validate(net, {"whole": whole, "part": without_drums})
    part = validate_song(net, without_drums)
    assert scores["drums"] > 90
    assert scores["bass"] == pytest.approx((validate_song(net, whole)["bass"] + part["bass"]) / 2, abs=0.01)
    assert scores["mean"] == pytest.approx(np.mean([scores[name] for name in STEMS]), abs=0.01)


def test_one_recorded_song_weighs_as_much_as_all_made_ones(net, noise, rng):
    recorded = dict.fromkeys(STEMS, noise)
    made = {stem: rng.integers(-5000, 5000, noise.shape, dtype=np.int16) for stem in STEMS}
    songs = {"recorded": recorded, "made-0": made, "made-1": made}
    songs = {name: {stem: np.tile(stored, 3) for stem, stored in song.items()} for name, song in songs.items()}
    each = {name: validate_song(net, song)["bass"] for name, song in songs.items()}
    assert validate(net, songs)["bass"] == pytest.approx((each["recorded"] + each["made-0"]) / 2, abs=0.01)
