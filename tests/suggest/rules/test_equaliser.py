"""Equalising: a sum as its genre has it stays; an octave that sticks out is turned where it is made, and once."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.dsp.decibels import power_to_db
from mixassist.dsp.third_octaves import NOMINAL_HZ, OCTAVES
from mixassist.suggest.advice import BUS
from mixassist.suggest.rules.equaliser import (
    MOST_TOTAL_DB,
    equalised,
    octave_deviations_db,
    suggest_bands,
    within_ledger,
)
from mixassist.suggest.style_files import load_style
from tests.suggest.made_tracks import made_channel, made_song

TONE = load_style("rock").tone
LEVELS_DB = dict(zip(TONE.bands_hz, TONE.level_db, strict=True))
OCTAVES_DB = [
    float(np.mean([LEVELS_DB[hz] for hz in np.array(NOMINAL_HZ)[band] if hz in LEVELS_DB] or [-30]))
    for _, band in OCTAVES
]
"""The genre's own tone, in octaves."""


def song(mud_db=0.0, is_lead=False, lacking_db=0.0):
    """Two tracks that share the genre's tone; one has the octave of 250 Hz to itself."""
    own = [-90.0] * 10
    own[3] = OCTAVES_DB[3] + mud_db
    rest = [*OCTAVES_DB[:3], -90.0, *OCTAVES_DB[4:]]
    rest[2] -= lacking_db
    return made_song(
        made_channel("guitar", "clean electric guitar", rest), made_channel("piano", "piano", own, is_lead)
    )


def test_a_sum_as_its_genre_has_it_is_left_alone():
    assert not suggest_bands(song())


@pytest.mark.parametrize("is_lead", [False, True])
def test_mud_is_cut_on_the_track_that_makes_it_and_once(is_lead):
    muddy = song(mud_db=8.0, is_lead=is_lead)
    bands = suggest_bands(muddy)
    assert [(each.track, each.number("frequency")) for each in bands] == [("piano", 250.0)]
    after = equalised(muddy, bands)
    deviation_db, spread_db = octave_deviations_db(after)[250.0]
    assert 0 < deviation_db <= spread_db
    assert not suggest_bands(after)


def test_what_a_band_cannot_mend_is_left_alone():
    assert not suggest_bands(song(mud_db=25.0))
    assert not suggest_bands(song(lacking_db=20.0))


def test_a_band_of_the_bus_turns_all_tracks():
    muddy = song(mud_db=8.0)
    [band] = suggest_bands(muddy)
    everywhere = equalised(muddy, [band.__class__(**{**vars(band), "track": BUS})])
    fallen_db = power_to_db(muddy.mean_bands()) - power_to_db(everywhere.mean_bands())
    assert fallen_db[NOMINAL_HZ.index(250.0)] == pytest.approx(-band.number("gain"), abs=0.3)


def test_the_ledger_keeps_what_one_track_may_lose():
    [band] = suggest_bands(song(mud_db=8.0))
    n_kept = len(within_ledger([band] * 5))
    assert n_kept == int(MOST_TOTAL_DB // -band.number("gain"))
