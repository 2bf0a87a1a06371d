"""How loud a master becomes: by a target, by unused headroom, or not at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mixassist.dsp.parametric import EqBand
from mixassist.suggest.delivery import Delivery
from mixassist.suggest.master import MasterOptions, suggest_master
from mixassist.suggest.master_chain import MasterChain, chain_of
from mixassist.suggest.master_level import level_suggestions, own_level
from tests.suggest.made_masters import filtered, profile, rendered


def test_only_unused_headroom_is_filled_unasked(song, written):
    peak = np.abs(song).max()
    quiet, full = (written(song * (level / peak), f"{level}.wav") for level in (0.3, 0.9))
    raised = suggest_master(quiet, MasterOptions("electronic"))
    assert raised.target == "unused headroom"
    after = profile(rendered(song * (0.3 / peak), chain_of(raised.suggestions)))
    assert not raised.of("limiter")
    assert after.true_peak_dbtp == pytest.approx(-1, abs=0.1)
    assert suggest_master(full, MasterOptions("electronic")).target == "as it was"
    assert suggest_master(quiet, MasterOptions("classical")).target_lufs == pytest.approx(-20)


def test_a_shaped_song_keeps_its_loudness_while_peaks_lose_little(song):
    own = replace(profile(song), lufs=-12.0, true_peak_dbtp=-0.5)
    assert own_level(own, replace(own, lufs=-13.5)).lufs == -12
    assert own_level(own, replace(own, lufs=-18.0)).lufs == -16
    assert own_level(own, own).ceiling_dbtp == -0.5


def test_no_limiter_for_peaks_that_a_little_gain_brings_down(song):
    own = replace(profile(song), lufs=-12.0, true_peak_dbtp=-0.8)
    delivery = Delivery("x", -12.2, -1.0, "rule", "")
    (only,) = level_suggestions(own, MasterChain(), delivery, lambda _chain: own).suggestions
    assert only.processor == "gain"
    assert only.number("gain") == pytest.approx(-0.2)


def test_a_loudness_out_of_reach_is_said_with_what_is_reached(song, written):
    advice = suggest_master(written(song, "song.wav"), MasterOptions("pop", target="-5"))
    after = profile(rendered(song, chain_of(advice.suggestions)))
    (finding,) = [each for each in advice.findings if each.code == "target-not-reached"]
    assert after.lufs < -6
    assert f"{after.lufs:.1f} LUFS" in finding.message
    assert f"{after.lufs:.1f} LUFS" in advice.of("limiter")[0].effect
    assert advice.target_lufs == -5


def test_a_part_of_the_way_in_loudness_is_the_target_said(song, written):
    path, reference = written(song, "song.wav"), written(0.5 * song, "reference.wav")
    own, wanted = profile(song).lufs, profile(0.5 * song).lufs
    half = suggest_master(path, MasterOptions("pop", reference, amounts={"loudness": 0.5}))
    none = suggest_master(path, MasterOptions("pop", reference, amounts={"loudness": 0}))
    assert half.target_lufs == pytest.approx((own + wanted) / 2, abs=0.1)
    assert (none.target, none.target_lufs) == ("as it was", None)


def test_peaks_that_bands_raise_are_lowered_where_loudness_is_left(song, written):
    loud = song * (0.89 / np.abs(song).max())
    dull = filtered(loud, EqBand("low_shelf", 300, -8, 0.6))
    dull = (dull * 0.89 / np.abs(dull).max()).astype(np.float32)
    options = MasterOptions("pop", written(loud, "reference.wav"), amounts={"loudness": 0})
    advice = suggest_master(written(dull, "song.wav"), options)
    assert advice.of("gain")[0].number("gain") < 0
    assert not advice.of("limiter")
    after = profile(rendered(dull, chain_of(advice.suggestions)))
    assert after.true_peak_dbtp == pytest.approx(profile(dull).true_peak_dbtp, abs=0.1)
