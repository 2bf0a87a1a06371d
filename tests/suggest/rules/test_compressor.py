"""Compressors: a level that drifts is held, as loud as it was, and once; steady, sectioned and lost ones are not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mixassist.dsp.compressor import compression_db
from mixassist.dsp.decibels import power_to_db
from mixassist.suggest.mix_chain import track_chain_of
from mixassist.suggest.rules.compressor import find_restless, suggest_compressors, times_ms
from mixassist.suggest.track import gated_lufs
from tests.suggest.made_tracks import made_channel, made_song

N_HOPS = 3000


def voice(level_db, instrument="lead vocal"):
    """A track with these levels [N_HOPS]."""
    channel = made_channel("voice", instrument, [-40.0] * 10)
    power = 10 ** ((np.asarray(level_db) - 25) / 10)
    track = replace(channel.track, weighted=power, powers=power, peaks=np.sqrt(8 * power))
    return replace(channel, track=track, loudness_lufs=track.loudness_lufs)


def drifting(most_db, seed=0):
    """Levels that wander between random values every 1.5 s."""
    points = np.random.default_rng(seed).uniform(-most_db, most_db, N_HOPS // 150 + 2)
    return np.interp(np.arange(N_HOPS), np.arange(len(points)) * 150, points)


def test_a_voice_that_drifts_is_held_as_loud_as_it_was_and_once():
    restless = voice(drifting(9), "bass")
    [found] = suggest_compressors(made_song(restless))
    settings = track_chain_of([found]).compressor
    gain_db = compression_db(power_to_db(restless.track.powers), settings) + settings.make_up_db
    weighted = restless.track.weighted * 10 ** (gain_db / 10)
    assert gated_lufs(weighted) == pytest.approx(restless.loudness_lufs, abs=0.1)
    held = replace(restless, track=replace(restless.track, weighted=weighted, powers=weighted))
    assert not suggest_compressors(made_song(held))
    assert not find_restless(made_song(held))


@pytest.mark.parametrize("instrument", ["lead vocal", "bass"])
def test_steady_tracks_and_quiet_verses_are_left_alone(instrument):
    sections = np.where(np.arange(N_HOPS) // 1000 % 2, 0.0, -10.0)
    for levels in (np.zeros(N_HOPS), sections):
        song = made_song(voice(levels, instrument))
        assert not suggest_compressors(song)
        assert not find_restless(song)


def test_what_no_compressor_holds_is_told():
    song = made_song(voice(np.where(np.arange(N_HOPS) // 250 % 2, 0.0, -24.0)))
    assert not suggest_compressors(song)
    assert [each.code for each in find_restless(song)] == ["restless-track"]


def test_drums_may_move():
    assert not suggest_compressors(made_song(voice(drifting(9), "drums")))


def test_a_scrap_is_not_judged():
    assert not suggest_compressors(made_song(voice(drifting(9)[:300])))


def test_a_steady_signal_gets_slow_times_and_a_spiky_one_fast_ones():
    steady = times_ms(np.full(500, 1.4), np.ones(500), None)
    spiky = np.zeros(500)
    spiky[::25] = 1.0
    assert times_ms(10 * spiky**0.5, spiky, None)[0] < steady[0]
    assert steady == pytest.approx((80, 920), rel=0.01)
    assert times_ms(np.full(500, 1.4), np.ones(500), 120.0)[1] <= 500
