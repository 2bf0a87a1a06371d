"""Learning curves and spectrograms: what is written is what was measured, and pictures show it."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from benchmarks import lite_learning
from benchmarks.learning_curve import State, hours_of, net_method, points_of, score_state
from benchmarks.learning_points import BAND_SONGS, HELD_OUT, Point, read_curve, write_curve
from benchmarks.separation import Bench
from benchmarks.song_spectrograms import N_COLUMNS, N_ROWS, SONGS, Excerpt, draw, octaves_db
from mixassist import AudioBuffer, write_audio
from mixassist.runtime.run_state import write_state
from separation.net import LiteNet, LiteOptions
from separation.run_folder import append_log
from separation.songs import STEMS, store
from tests.signals import music_like

RATE = 44100
POINT = Point(HELD_OUT, "lite", 4.5, 100, 2.0, 0.33, 1.0, 2.0, 3.0, 4.0)


@pytest.fixture
def curves(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.learning_points.CURVES", tmp_path)
    monkeypatch.setattr("benchmarks.lite_learning.CURVES", tmp_path)
    return tmp_path


@pytest.fixture
def run(tmp_path):
    """A run of an untrained network that has logged once."""
    run = tmp_path / "run"
    run.mkdir()
    state = LiteNet(LiteOptions()).state_dict()
    tensors = {f"average.{name}": value.numpy() for name, value in state.items()}
    write_state(run, tensors, {"network": "lite", "n_batch": 4, "n_steps": 900, "minutes": 5.0, "held_out": "sodium"})
    append_log(run, {"step": 300, "minutes": 2.0, "loss": -1.0} | dict(zip(STEMS, (1.0, 2.0, 3.0, 4.0), strict=True)))
    return run


def test_points_are_read_as_they_were_written(curves):
    points = [POINT, replace(POINT, songs=BAND_SONGS, minutes=12.5)]
    assert read_curve(write_curve("one", points)) == points


def test_a_log_becomes_points_that_count_what_was_heard(run):
    (point,) = points_of(run, data_h=4.5)
    assert (point.songs, point.network, point.step, point.minutes) == (HELD_OUT, "lite", 300, 2.0)
    assert point.heard_h == pytest.approx(300 * 4 * 3 / 3600)
    assert point.mean == 2.5


def test_a_state_is_scored_on_songs_with_stems(run, tmp_path):
    for name, stem in music_like(3, RATE).items():
        write_audio(tmp_path / "song" / f"{name}.wav", AudioBuffer(0.3 * stem, RATE))
    point = score_state(run / "state.safetensors", [tmp_path / "song"], data_h=4.5)
    assert (point.songs, point.step, point.minutes) == (BAND_SONGS, 900, 5.0)
    assert np.isfinite(point.mean)


@pytest.mark.parametrize("n_channels", [1, 2])
def test_a_network_gives_stems_that_sum_to_the_mixture(run, n_channels, rng):
    truth = rng.standard_normal((4, n_channels, RATE)).astype(np.float32)
    estimate = net_method(State.read(run / "state.safetensors").network())(truth, RATE)
    np.testing.assert_allclose(estimate.sum(axis=0), truth.sum(axis=0), atol=1e-3)


def test_hours_leave_out_what_is_kept_for_validation(tmp_path):
    for name in ("sodium", "lithium", *(f"made-{index:06}" for index in range(8))):
        store(np.zeros((1, RATE), np.float32), tmp_path / "songs" / name / "drums.npy")
    assert hours_of(tmp_path, "sodium") == pytest.approx(3 / 3600, abs=0.005)


def test_the_section_names_the_best_of_each_run(curves):
    write_curve("run", [POINT, replace(POINT, step=200, vocals=8.0), replace(POINT, step=300, vocals=6.0)])
    section = lite_learning.learning(Bench(curves, curves, is_quick=True))
    assert [(row[0], row[3], row[-1]) for row in section.rows] == [("run", HELD_OUT, "3.50")]
    assert all(len(row) == len(section.columns) for row in section.rows)
    assert Image.open(curves / "lite-learning.png").width == 810


def test_runs_with_other_songs_are_drawn_over_the_hours_of_songs(curves):
    write_curve("all", [POINT, replace(POINT, songs=BAND_SONGS)])
    write_curve("half", [replace(POINT, data_h=POINT.data_h / 2)])
    assert len(lite_learning.learning(Bench(curves, curves, is_quick=True)).rows) == 3
    assert Image.open(curves / "lite-learning.png").width == 1215


def test_a_tone_lies_in_the_row_of_its_octave():
    tone = np.sin(2 * np.pi * 800 * np.arange(3 * RATE) / RATE).astype(np.float32)[None]
    level = octaves_db(AudioBuffer(tone, RATE))
    assert level.shape == (N_ROWS, N_COLUMNS)
    loudest = level[:, N_COLUMNS // 4 : -N_COLUMNS // 4].argmax(axis=0)
    np.testing.assert_allclose(loudest, N_ROWS * np.log(800 / 40) / np.log(16000 / 40), atol=2)


def test_a_picture_is_small_and_has_a_row_for_each_stem(rng):
    noise = AudioBuffer(rng.standard_normal((2, 2 * RATE)).astype(np.float32), RATE)
    png = draw(dict.fromkeys(("mixture", *STEMS), noise), Excerpt("a.wav", "a title", 0.0, 2.0))
    assert len(png) < 300_000
    assert Image.open(BytesIO(png)).height > 600


def test_every_song_that_is_shown_has_its_credit():
    assert all(" by " in song.title and "CC" in song.title for song in SONGS.values())
    assert json.dumps(list(SONGS)) == '["slow-motion-dream", "vibe-ace", "outfoxing"]'
