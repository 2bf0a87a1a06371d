"""What a set's manifest says in short."""

from __future__ import annotations

import pytest

from separation.lite_credits import count_material, genres_of, read_credits, weights_licence
from tests.separation.tiny_lite import write_set


@pytest.fixture
def songs(tmp_path, rng):
    return write_set(tmp_path, rng, seconds=3)


def test_credits_name_who_was_heard_and_for_how_long(songs):
    rows = {row["credit"]: row for row in read_credits(songs, ("b",))}
    assert list(rows) == ["A Band", "A Singer", "A Drummer"]
    assert rows["A Band"]["seconds_of_its_own"] == pytest.approx(3)
    assert rows["A Band"]["seconds_in_made_songs"] == 12
    assert rows["A Singer"]["seconds_of_its_own"] == pytest.approx(1)
    assert rows["A Drummer"]["url"] == "https://example.org/kit"


def test_a_song_held_out_is_not_counted(songs):
    assert read_credits(songs, ())[0]["seconds_of_its_own"] == pytest.approx(6)
    assert count_material(songs, ("b", "made-000000")) == {
        "recorded_minutes": pytest.approx(0.05, abs=0.051),
        "voice_minutes": 0.0,
        "made_minutes": 1.0,
        "made_songs": {"hip_hop": 1},
    }


def test_genres_are_those_of_made_songs(songs):
    assert genres_of(songs) == {"made-000000": "rock", "made-000001": "hip_hop"}


def test_the_licence_names_those_of_the_recordings_once():
    rows = [{"licence": licence} for licence in ("CC0-1.0 (by the text in the pack)", "CC0-1.0", "CC BY 4.0")]
    assert weights_licence(rows) == "MIT (weights); learned from recordings under CC BY 4.0, CC0-1.0, see credits"
