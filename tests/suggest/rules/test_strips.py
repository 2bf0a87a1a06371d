"""Rules of single strips: rumble, spill, places and headroom; each fault is found, and its cure is enough."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.suggest.mix_chain import track_chain_of
from mixassist.suggest.render import render_track
from mixassist.suggest.rules.gate import suggest_gates
from mixassist.suggest.rules.headroom import suggest_bus_gain
from mixassist.suggest.rules.high_pass import lost_loudness_db, suggest_high_passes
from mixassist.suggest.rules.panning import find_one_sided, suggest_pans
from tests.suggest.made_tracks import RATE, band, heard_channel, made_song


def cured(samples, found):
    return np.concatenate(list(render_track([samples.astype(np.float32)], RATE, track_chain_of(found))), axis=1)


@pytest.mark.parametrize(("rumble", "n_filters"), [(0.0, 0), (0.02, 1), (0.05, 2)])
def test_rumble_is_filtered_as_far_as_it_takes(tmp_path, rumble, n_filters):
    samples = band(200, 4000, 0.1, 5.0) + (band(18, 35, rumble, 5.0, seed=1) if rumble else 0.0)
    found = suggest_high_passes(made_song(heard_channel(tmp_path, "vox", "lead vocal", samples)))
    assert len(found) == n_filters
    assert not suggest_high_passes(made_song(heard_channel(tmp_path, "after", "lead vocal", cured(samples, found))))


def test_a_track_that_lives_down_there_keeps_it(tmp_path):
    assert not suggest_high_passes(made_song(heard_channel(tmp_path, "bass", "bass", band(30, 200, 0.1, 5.0))))


def test_a_high_pass_costs_what_its_response_says():
    bands = np.zeros(31)
    bands[7] = 1.0  # 100 Hz
    assert lost_loudness_db(bands, 100.0) == pytest.approx(3.01, abs=0.01)
    assert lost_loudness_db(bands, 100.0, 2) == pytest.approx(6.02, abs=0.02)
    assert lost_loudness_db(bands, 10.0) < 0.001


def hits():
    samples = band(150, 6000, 0.3, seconds=6.0)
    return samples * np.exp(-(np.arange(samples.shape[1]) % (RATE // 2)) / (0.02 * RATE))


@pytest.mark.parametrize("spill_db", [-26, -60])
def test_spill_is_gated_where_there_is_any_and_once(tmp_path, spill_db):
    samples = hits() + 10 ** (spill_db / 20) * band(100, 4000, 0.2, seconds=6.0, seed=2)
    found = suggest_gates(made_song(heard_channel(tmp_path, "snare", "snare", samples)))
    assert len(found) == (spill_db == -26)
    assert not suggest_gates(made_song(heard_channel(tmp_path, "after", "snare", cured(samples, found))))


@pytest.mark.parametrize("instrument", ["lead vocal", "bass"])
@pytest.mark.parametrize("quiet_side", [0, 1])
def test_what_leans_comes_back_to_the_middle(tmp_path, instrument, quiet_side):
    samples = np.repeat(band(60, 4000, 0.1), 2, axis=0)
    samples[quiet_side] *= 0.4
    [found] = suggest_pans(made_song(heard_channel(tmp_path, "leaning", instrument, samples)))
    assert np.sign(found.number("pan")) == (1 if quiet_side == 1 else -1)
    after = heard_channel(tmp_path, "after", instrument, cured(samples, [found]))
    assert abs(after.track.balance_db) < 3
    assert not suggest_pans(made_song(after))


def test_what_has_one_side_only_is_told(tmp_path):
    samples = np.repeat(band(60, 4000, 0.1), 2, axis=0)
    song = made_song(heard_channel(tmp_path, "wide", "bass", samples))
    assert not find_one_sided(song)
    samples[1] = 0
    song = made_song(heard_channel(tmp_path, "hard", "bass", samples))
    assert not suggest_pans(song)
    assert [each.code for each in find_one_sided(song)] == ["one-sided"]


def test_mono_tracks_are_spread_by_brightness_and_the_low_stay(tmp_path):
    bands = {"bass": (45, 200), "piano": (300, 2000), "synth": (2000, 8000)}
    song = made_song(*(heard_channel(tmp_path, name, name, band(*edges, 0.1)) for name, edges in bands.items()))
    pans = {each.track: each.number("pan") for each in suggest_pans(song)}
    assert set(pans) == {"piano.wav", "synth.wav"}
    assert pans["piano.wav"] * pans["synth.wav"] < 0
    assert abs(pans["piano.wav"]) < abs(pans["synth.wav"]) <= 0.8


def pans_of(tmp_path, tracks):
    """Pans of mono tracks by name, given as their instruments and the edges of their bands."""
    made = enumerate(tracks.items())
    channels = [heard_channel(tmp_path, name, kind, band(*edges, 0.1, seed=k)) for k, (name, (kind, *edges)) in made]
    return {each.track.removesuffix(".wav"): each.number("pan") for each in suggest_pans(made_song(*channels))}


def test_left_and_right_of_one_thing_stand_opposite_each_other_on_their_sides(tmp_path):
    pans = pans_of(
        tmp_path,
        {
            "01 OH L": ("cymbals", 2000, 8000),
            "02 OH R": ("cymbals", 2000, 7000),
            "05 Keys Right": ("keys", 300, 1000),
            "06 Keys Left": ("keys", 300, 900),
            "Drums L": ("drums", 60, 5000),
            "Drums R": ("drums", 60, 5000),
            "Kick L": ("kick", 40, 120),
            "Kick R": ("kick", 40, 120),
        },
    )
    assert pans == {
        "01 OH L": -0.8, "02 OH R": 0.8, "05 Keys Right": 0.8, "06 Keys Left": -0.8, "Drums L": -0.8, "Drums R": 0.8
    }  # fmt: skip


def test_a_side_that_is_named_is_kept_and_the_others_make_up_for_it(tmp_path):
    for side, sign in (("L", -1), ("R", 1)):
        pans = pans_of(tmp_path, {f"Gtr {side}": ("piano", 300, 2000), "Synth": ("synth", 300, 2000)})
        assert np.sign(pans[f"Gtr {side}"]) == sign
        assert np.sign(pans["Synth"]) == -sign
    assert not pans_of(tmp_path, {"Vox R": ("lead vocal", 200, 4000), "Bass": ("bass", 45, 200)})


def test_microphones_of_a_kit_add_as_amplitudes_and_families_as_powers(tmp_path):
    quiet = made_song(heard_channel(tmp_path, "a", "piano", np.full((1, RATE), 0.5)))
    assert not suggest_bus_gain(quiet)
    names = ("kick", "snare", "toms", "overheads")
    kit = [heard_channel(tmp_path, name, "drums", np.full((1, RATE), 0.5)) for name in names]
    [found] = suggest_bus_gain(made_song(*kit))
    summed = sum(cured(np.full((1, RATE), 0.5), []) for _ in names)
    assert np.abs(summed).max() * 10 ** (found.number("gain") / 20) == pytest.approx(10 ** (-6 / 20), rel=0.01)
    band_of_two = made_song(kit[0], heard_channel(tmp_path, "b", "piano", np.full((1, RATE), 0.5)))
    assert not suggest_bus_gain(band_of_two)
