"""Masters rendered to files, and pairs to compare by ear."""

from __future__ import annotations

import numpy as np
import pytest

from mixassist import read_audio
from mixassist.dsp.parametric import EqBand
from mixassist.suggest.advice import GenreUsed, MasterAdvice
from mixassist.suggest.master import MasterOptions, suggest_master
from mixassist.suggest.master_files import render_master, write_pair
from tests.suggest.made_masters import filtered, profile


def test_a_platforms_loudness_and_peak_are_met(song, written, tmp_path):
    path = written(song, "song.wav")
    advice = suggest_master(path, MasterOptions("pop", target="-13"))
    render_master(path, advice, tmp_path / "master.wav")
    after = profile(read_audio(tmp_path / "master.wav").samples)
    assert after.lufs == pytest.approx(-13, abs=0.2)
    assert after.true_peak_dbtp <= -1 + 0.1
    assert advice.of("limiter")


def test_advice_on_its_own_render_is_to_do_nothing(song, written, tmp_path):
    damaged = written(filtered(song, EqBand("bell", 300, 6, 0.9)), "song.wav")
    options = MasterOptions("pop", reference=written(song, "reference.wav"))
    render_master(damaged, suggest_master(damaged, options), tmp_path / "master.wav")
    again = suggest_master(tmp_path / "master.wav", options)
    assert sum(abs(each.number("gain")) for each in again.of("eq")) < 1


def test_a_pair_is_equally_loud(song, written, tmp_path):
    path = written(song, "song.wav")
    advice = MasterAdvice("song.wav", GenreUsed("pop", {"pop": 1.0}), None, "x", None, ())
    render_master(path, advice, tmp_path / "master.wav")
    louder = written(0.5 * song, "quiet.wav")
    pair = write_pair(louder, tmp_path / "master.wav")
    before, after = (profile(read_audio(path).samples).lufs for path in (pair.before, pair.after))
    assert before == pytest.approx(after, abs=0.05)
    assert before == pytest.approx(pair.lufs, abs=0.05)


def test_what_would_clip_is_kept_as_floats_and_said(song, written, tmp_path):
    path, out = written(song * (1.5 / np.abs(song).max()), "over.wav"), tmp_path / "master.wav"
    advice = MasterAdvice("over.wav", GenreUsed("pop", {"pop": 1.0}), None, "as it was", None, ())
    (finding,) = render_master(path, advice, out)
    assert finding.code == "would-clip"
    assert np.array_equal(read_audio(out).samples, read_audio(path).samples)
    pair = write_pair(path, out)
    for part in (pair.before, pair.after):
        assert 0.99 < np.abs(read_audio(part).samples).max() <= 1
