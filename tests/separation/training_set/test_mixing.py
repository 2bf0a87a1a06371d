"""Mixing: levels, finishes and chains, on noise."""

from __future__ import annotations

import numpy as np
import pytest

from separation.songs import RATE, STEMS
from separation.training_set.effects import _COLOURS, DRIVES_DB, Rack
from separation.training_set.mixing import FINISHES, Desk, ducking, rms_where_it_sounds
from separation.training_set.score import Part
from separation.training_set.styles import read_styles

N_SAMPLES = 2 * RATE


@pytest.fixture
def rack(rng) -> Rack:
    return Rack([rng.standard_normal(500).astype(np.float32) / 20], [], rng)


def noise(rng, n_samples=N_SAMPLES):
    return 0.1 * rng.standard_normal((2, n_samples)).astype(np.float32)


@pytest.mark.parametrize("chain", [*DRIVES_DB, *_COLOURS])
def test_every_chain_plays_in_place_and_in_bounds(rack, rng, chain):
    track = noise(rng)
    track[:, : RATE // 2] = 0
    played = rack.play(track, chain)
    assert played.shape == track.shape
    assert np.isfinite(played).all()
    assert rms_where_it_sounds(played) > 1e-3
    assert np.abs(played[:, : RATE // 2 - 100]).max() < 0.02
    assert not rack.play(np.zeros((2, RATE), np.float32), chain).any()


def test_players_name_chains_that_exist():
    players = {player for style in read_styles(with_modern=True).values() for player in style.players.values()}
    assert {player.chain for player in players} <= {*DRIVES_DB, *_COLOURS}


@pytest.mark.parametrize("finish", FINISHES)
def test_stems_come_out_at_their_balance_without_clipping(rack, rng, finish):
    desk = Desk(rack, rng, finish, N_SAMPLES)
    desk.lay_part(noise(rng), Part("pick_bass", "bass", [], chain="bass"))
    desk.lay_part(noise(rng), Part("piano", "other", []))
    desk.lay_part(noise(rng), Part("snare", "drums", [], is_drums=True))
    desk.lay_voice(noise(rng), noise(rng))
    stems = desk.mix_down((0.0, 0.0, -60.0, 0.0))
    assert stems.shape == (len(STEMS), 2, N_SAMPLES)
    assert np.abs(stems).max() <= 1
    assert np.abs(stems.sum(axis=0)).max() <= 1.05
    assert rms_where_it_sounds(stems[2]) < 0.03 * rms_where_it_sounds(stems[1])


def test_level_is_measured_where_it_sounds(rng):
    half = noise(rng)
    half[:, N_SAMPLES // 2 :] = 0
    assert rms_where_it_sounds(half) == pytest.approx(0.1, rel=0.05)
    assert rms_where_it_sounds(np.zeros((2, RATE), np.float32)) == 0


def test_kicks_duck_what_is_laid_beside_drums_and_voices(rack, rng):
    desk = Desk(rack, rng, "plain", N_SAMPLES, duck=ducking([0.5, 1.5], N_SAMPLES, rng))
    assert desk.duck is not None
    assert desk.duck[: RATE // 2] == pytest.approx(1)
    after = slice(RATE // 2 + 200, RATE // 2 + 600)
    assert desk.duck[after].max() < 0.7
    assert desk.duck[RATE : RATE + 100] == pytest.approx(1)
    pads, drums = np.ones((2, N_SAMPLES), np.float32), np.ones((2, N_SAMPLES), np.float32)
    desk.lay_part(pads, Part("strings", "other", []))
    desk.lay_part(drums, Part("snare", "drums", [], is_drums=True))
    assert np.abs(desk.stems["other"][:, after]).max() < 0.8 * np.abs(desk.stems["other"][:, RATE]).max()
    assert np.ptp(desk.stems["drums"][0]) == 0
