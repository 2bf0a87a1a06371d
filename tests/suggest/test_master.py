"""Advice on masters: what a reference or a genre asks of a song."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist.dsp.parametric import EqBand
from mixassist.errors import AudioError, OptionError
from mixassist.suggest.delivery import find_delivery
from mixassist.suggest.master import MasterOptions, suggest_master
from mixassist.suggest.master_chain import chain_of
from mixassist.suggest.master_level import own_level
from mixassist.suggest.reference import genre_target
from mixassist.suggest.style_files import load_style
from tests.suggest.made_masters import RATE, filtered, narrowed, profile, rendered
from tests.tolerances import MASTER_DB


def test_the_same_piece_with_a_fault_comes_back(song, written):
    damaged = filtered(song, EqBand("bell", 300, 6, 0.9), EqBand("high_shelf", 3000, -5, 0.6))
    options = MasterOptions("pop", reference=written(song, "reference.wav"))
    advice = suggest_master(written(narrowed(0.7 * damaged, 0.4), "song.wav"), options)
    after, truth = profile(rendered(narrowed(0.7 * damaged, 0.4), chain_of(advice.suggestions))), profile(song)
    gap = (after.tone_db - truth.tone_db)[6:-2]
    assert np.std(gap) < MASTER_DB
    assert after.width_db == pytest.approx(truth.width_db, abs=MASTER_DB)
    assert after.lufs == pytest.approx(truth.lufs, abs=MASTER_DB)
    assert not advice.of("compressor")


def test_a_song_that_is_its_own_reference_is_left_alone(song, written):
    path = written(song, "song.wav")
    advice = suggest_master(path, MasterOptions("pop", reference=path))
    assert advice.suggestions == ()
    assert advice.findings == ()


def test_a_song_shows_its_sections(song, written):
    found = suggest_master(written(song, "song.wav"), MasterOptions("pop")).to_dict()["sections"]
    assert found[0]["start_s"] == 0
    assert found[-1]["end_s"] == pytest.approx(song.shape[1] / RATE, abs=0.1)
    assert sum(section["best"] for section in found) == 1


def test_amounts_hold_an_axis_back(song, written):
    damaged = written(narrowed(filtered(song, EqBand("bell", 300, 6, 0.9)), 0.4), "song.wav")
    reference = written(song, "reference.wav")
    whole = suggest_master(damaged, MasterOptions("pop", reference))
    part = suggest_master(damaged, MasterOptions("pop", reference, amounts={"eq": 0.5, "width": 0, "loudness": 0}))
    assert part.of("eq")[0].number("gain") == pytest.approx(whole.of("eq")[0].number("gain") / 2)
    assert whole.of("width")
    assert not part.of("width")
    assert not part.of("gain")


def test_every_suggestion_lies_in_its_bounds_and_says_why(song, written):
    damaged = written(narrowed(filtered(song, EqBand("bell", 300, 6, 0.9)), 0.4), "song.wav")
    advice = suggest_master(damaged, MasterOptions("pop", written(song, "r.wav"), target="spotify"))
    assert advice.suggestions
    for each in advice.suggestions:
        assert each.reason.measured
        assert each.reason.source
        assert 0 <= each.confidence <= 1
        for parameter in each.parameters:
            if parameter.minimum is not None:
                assert parameter.minimum <= parameter.value <= parameter.maximum
    assert advice.to_dict()["target"] == "spotify"


def test_a_mono_song_and_a_short_one_are_advised(song, written):
    mono = suggest_master(written(song[:1], "mono.wav"), MasterOptions("jazz", target="apple"))
    assert not mono.of("width")
    short = suggest_master(written(song[:, : 2 * RATE], "short.wav"), MasterOptions("jazz"))
    assert not short.of("compressor")


@pytest.mark.parametrize("lufs", [-40.0, 5.0])
def test_values_lie_in_their_bounds_for_soft_songs_and_for_loud_ones(song, written, lufs):
    scale = 10 ** ((lufs - profile(song).lufs) / 20)
    swelling = (song * scale * np.linspace(0.02, 1.6, song.shape[1])).astype(np.float32)
    reference = written(song * scale, "reference.wav")
    for target in ("-40", "-14"):
        advice = suggest_master(written(swelling, "song.wav"), MasterOptions("pop", reference, target=target))
        assert advice.of("compressor")
        for parameter in (each for found in advice.suggestions for each in found.parameters):
            if parameter.minimum is not None:
                assert parameter.minimum <= parameter.value <= parameter.maximum


def test_every_source_says_how_far_it_can_be_trusted(song):
    sources = genre_target(load_style("rock")).sources
    assert sources.dynamics.endswith("(prior)")
    assert "(measured)" in sources.width
    assert "(published)" in sources.tone
    assert own_level(profile(song), profile(song)).source.endswith("(rule)")
    assert find_delivery("-9").source.endswith("(user)")
    assert find_delivery("youtube").source.endswith("(measured by third parties)")


def test_silence_unknown_genres_and_amounts_are_refused(written):
    silent = written(np.zeros((2, RATE)), "silent.wav")
    with pytest.raises(AudioError, match="silent"):
        suggest_master(silent, MasterOptions("pop"))
    with pytest.raises(OptionError, match="there are"):
        suggest_master(silent, MasterOptions("polkaish"))
    with pytest.raises(OptionError, match="there are eq"):
        MasterOptions(amounts={"echo": 1})
    with pytest.raises(OptionError, match="0 to 1"):
        MasterOptions(amounts={"eq": 2})
