"""Songs of every genre on paper: in time, in range, in key, and each different."""

from __future__ import annotations

import numpy as np
import pytest

from separation.training_set.band import RECORDED_KIT
from separation.training_set.composing import VOICINGS, draw_plan, write_parts
from separation.training_set.drumming import GROUPS, PITCHES, PROGRAMS, Hit, as_parts, rolled, write_hits
from separation.training_set.patches import FAMILIES
from separation.training_set.score import SCALES
from separation.training_set.styles import STRENGTHS, read_styles

STYLES = read_styles(with_modern=True)
SECONDS = 30.0


@pytest.mark.parametrize("genre", STYLES)
def test_parts_are_in_time_and_in_range_and_a_bass_is_among_them(genre):
    style = STYLES[genre]
    rng = np.random.default_rng(1)
    plan = draw_plan(style, SECONDS, rng)
    parts = write_parts(plan, style, rng)
    assert [part.stem for part in parts].count("bass") == 1
    assert len(parts) <= 12
    assert any(part.stem == "other" for part in parts)
    for note in (note for part in parts for note in part.notes):
        assert 0 <= note.start_s < SECONDS + 2 * plan.bar_s
        assert note.length_s > 0
        assert 12 <= note.pitch <= 110
        assert 1 <= note.velocity <= 127


@pytest.mark.parametrize("genre", STYLES)
def test_drums_are_struck_in_time(genre):
    style = STYLES[genre]
    rng = np.random.default_rng(2)
    plan = draw_plan(style, SECONDS, rng)
    hits = write_hits(plan, style, rng)
    assert {hit.drum for hit in hits} <= set(PITCHES)
    assert all(0 <= hit.at_s < plan.at_s(plan.n_bars, 0) and 0 < hit.strength <= 1 for hit in hits)
    parts = as_parts(hits, next(kit for kit in (*style.kits, "electronic") if kit in PROGRAMS), rng)
    assert sum(len(part.notes) for part in parts) == len(hits)


@pytest.mark.parametrize("genre", STYLES)
def test_styles_are_whole(genre):
    style = STYLES[genre]
    players = style.players
    assert set(style.parts) == set(style.rhythms) <= set(players)
    assert {players[name].pitch for name in style.parts} <= set(VOICINGS)
    assert {players[name].patch for name in style.parts} <= {*FAMILIES, ""}
    assert set(style.kits) <= set(RECORDED_KIT)
    assert set(style.modes) <= set(SCALES)
    assert {"kick", "snare", "hat"} <= set(style.drums)
    lines = [line for group in (*style.rhythms.values(), *style.drums.values()) for line in group]
    assert set("".join(lines)) <= {*STRENGTHS, "-", "."}
    assert len(style.balance) == 4


def test_chords_are_in_key_and_off_beats_swing():
    rng = np.random.default_rng(3)
    plan = draw_plan(STYLES["jazz"], SECONDS, rng)
    assert all(plan.is_in_key(pitch) for bar in range(plan.n_bars) for pitch in plan.chord(bar, 4, 60))
    straight = plan.step_s * 2
    assert plan.at_s(0, 2) == pytest.approx(straight + plan.swing * plan.step_s)
    assert plan.at_s(0, 4) == pytest.approx(2 * straight)


def test_the_seed_decides():
    style = STYLES["rock"]

    def written(seed):
        rng = np.random.default_rng(seed)
        return write_parts(draw_plan(style, SECONDS, rng), style, rng)

    assert written(5) == written(5)
    assert written(5) != written(6)


def test_every_drum_belongs_to_one_group():
    assert sorted(drum for drums in GROUPS.values() for drum in drums) == sorted(PITCHES)


def test_the_genres_there_were_first_keep_their_turns_and_players():
    classic = read_styles()
    assert list(STYLES)[: len(classic)] == list(classic)
    assert not any(player.patch for player in classic["rock"].players.values())


def test_rolls_fill_the_step_of_a_stroke():
    rng = np.random.default_rng(7)
    plan = draw_plan(STYLES["trap"], SECONDS, rng)
    hats = [Hit("hat", plan.at_s(0, step), 0.8) for step in range(16)]
    hits = rolled([*hats, Hit("kick", 0.0, 1.0)], plan, 1.0, rng)
    assert len(hits) > 17
    assert [hit.drum for hit in hits].count("kick") == 1
    assert all(0 < hit.strength <= 1 and hit.at_s < plan.at_s(0, 16) for hit in hits)
