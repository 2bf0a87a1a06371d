"""Masking: what is planted is found and cut, once; what a masker lives on, what leads and what is arranged is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mixassist.suggest.rules.equaliser import equalised
from mixassist.suggest.rules.masking import MAX_CUTS, TOLERANCE_DB, find_masking, suggest_cuts
from tests.suggest.made_tracks import made_channel, made_song

VOCAL = made_channel("vox", "lead vocal", [-90, -60, -40, -30, -22, -20, -21, -30, -40, -50], is_lead=True)
GUITAR = [-90, -20, -10, -8, -9, -12, -30, -35, -40, -60]


def guitar(levels_db=GUITAR):
    return made_channel("guitar", "clean electric guitar", levels_db)


def test_a_planted_masker_is_found_and_cut():
    song = made_song(VOCAL, guitar())
    found = find_masking(song)
    assert [(each.masker, each.masked, each.hz) for each in found] == [("guitar", "vox", 1000.0)]
    cut, *_ = suggest_cuts(song, found)
    assert (cut.track, cut.number("frequency")) == ("guitar", 1000.0)
    assert cut.number("gain") == pytest.approx(TOLERANCE_DB - 8, abs=0.01)


def test_a_cut_is_not_asked_for_twice():
    song = made_song(VOCAL, guitar())
    assert not find_masking(equalised(song, suggest_cuts(song, find_masking(song))))


def test_what_the_masker_lives_on_is_not_masking():
    assert not find_masking(made_song(VOCAL, replace(VOCAL, name="double", is_lead=False, gain_db=6.0)))


def test_a_lead_may_cover_the_others():
    song = made_song(VOCAL, guitar())
    led = [replace(each, is_lead=each.name == "guitar") for each in song.channels]
    assert not find_masking(made_song(*led))


def test_what_covers_by_far_is_arrangement():
    assert not find_masking(made_song(VOCAL, replace(guitar(), gain_db=8.0)))


def test_the_foundation_may_cover_below_its_limit():
    kick = made_channel("kick", "kick", [-60, -17, -18, -30, -40, -60, -60, -60, -60, -60])
    keys = [-60, -30, -11, -20, -9, -10, -60, -60, -60, -60]
    assert not find_masking(made_song(kick, made_channel("bass", "bass", keys)))
    assert find_masking(made_song(kick, made_channel("keys", "keys", keys)))


def test_tracks_that_never_meet_do_not_mask():
    parts = []
    for channel, is_first in ((VOCAL, True), (guitar(), False)):
        plays = (np.arange(50) < 25) == is_first
        track = replace(channel.track, bands=channel.track.bands * plays[:, None])
        parts.append(replace(channel, track=track))
    assert not find_masking(made_song(*parts))


def test_hits_do_not_mask_what_is_heard_between_them():
    hits = np.where(np.arange(50) % 3 == 0, 2.0, 0.05)
    track = guitar().track
    assert not find_masking(
        made_song(VOCAL, replace(guitar(), track=replace(track, bands=track.bands * hits[:, None])))
    )


def test_no_masker_is_cut_in_more_bands_than_a_few():
    found = find_masking(made_song(VOCAL, guitar()))
    many = [replace(found[0], hz=hz) for hz in (500.0, 1000.0, 2000.0)]
    assert len(suggest_cuts(made_song(VOCAL, guitar()), many)) == MAX_CUTS
