"""The benchmark of dereverberation, on sounds of noise and with a peer that takes nothing: does it still run?"""

from __future__ import annotations

import numpy as np
import pytest
import scipy.signal

import benchmarks.dereverb as bench_of_rooms
import benchmarks.dereverb_methods as ways
import benchmarks.dereverb_parity as beside
from benchmarks.dereverb import dereverb, dereverb_dry, dereverb_measured, dereverb_measures
from benchmarks.dereverb_measures import fall_db, modulation_ratio_db
from benchmarks.dereverb_rooms import EARLY_S, RATE, generated_cases, noise_room
from benchmarks.separation import Bench
from tests.signals import noise
from tests.tolerances import DRR_OF_NOISE_DB


@pytest.fixture
def bench(tmp_path, monkeypatch):
    """A tenth of a second of noise; the peer hands back what it got."""
    rng = np.random.default_rng(0)
    sounds = {"voice": 0.1 * rng.standard_normal(RATE // 10)}
    monkeypatch.setattr(bench_of_rooms, "KINDS", tuple(sounds))
    monkeypatch.setattr(bench_of_rooms, "dry_sounds", lambda data, seconds: sounds)
    monkeypatch.setattr(bench_of_rooms, "peer_nara", lambda folder: folder)
    monkeypatch.setattr(bench_of_rooms, "_nara", lambda cases, python: [case.wet for case in cases])
    return Bench(tmp_path, tmp_path, is_quick=True)


def test_generated_rooms_are_scored_beside_the_peer(bench):
    section = dereverb(bench)
    assert [row[0] for row in section.rows] == ["voice, mono", "all, mono", "voice, stereo", "all, stereo"]
    assert all(row[-1] == row[-2] == "+0.00" for row in section.rows)


def test_modulation_and_decay_are_told_of_all(bench):
    rows = dereverb_measures(bench).rows
    assert [len(row) for row in rows] == [9]
    assert rows[0][1] == rows[0][3]


def test_a_tail_fills_gaps_and_falls_less():
    time_s = np.arange(3 * RATE) / RATE
    bursts = (np.random.default_rng(0).standard_normal(time_s.size) * (time_s % 0.5 < 0.1))[None]
    response = noise_room(0.8, 0, 1, seed=0)
    wet = scipy.signal.oaconvolve(bursts, response, axes=1)[:, : time_s.size]
    assert modulation_ratio_db(bursts) > modulation_ratio_db(wet) + 1
    assert fall_db(wet, bursts) > fall_db(wet, wet) + 10


def test_dry_sounds_are_scored_and_a_peer_that_takes_nothing_does_no_harm(bench):
    for row in dereverb_dry(bench).rows:
        assert row[3:] == ("0.00", "inf")


def test_no_recordings_no_rows(bench):
    assert dereverb_measured(bench).rows == []


def test_a_generated_room_is_as_reverberant_as_said():
    response = noise_room(0.6, 3, 1, seed=0)[0]
    ratio_db = 10 * np.log10(response[0] ** 2 / np.sum(response[1:] ** 2))
    assert ratio_db == pytest.approx(3, abs=DRR_OF_NOISE_DB)


def test_the_early_part_is_the_beginning_of_the_room():
    click = np.zeros(RATE)
    click[0] = 1
    case = next(generated_cases({"click": click}, 1, (0.6,)))
    n_early = round(EARLY_S * RATE)
    np.testing.assert_allclose(case.early[:, :n_early], case.wet[:, :n_early], atol=1e-12)
    assert np.abs(case.early[:, n_early:]).max() < 1e-12


def test_ways_are_told_apart_and_none_surpasses_the_bound_of_phases(bench, monkeypatch):
    monkeypatch.setattr(ways, "dry_sounds", lambda data, seconds: {"voice": noise(RATE // 10, 1)[0].astype(float)})
    monkeypatch.setattr(ways, "METHODS", ("wpe", "convolution"))
    rows = ways.methods(bench).rows
    assert [row[:2] for row in rows] == [
        (channels, way) for channels in ("mono", "stereo") for way in ("wpe", "convolution", "best shares")
    ]
    assert all(float(row[2]) > 1 and row[4] == "99.0" for row in rows if row[1] == "best shares")


def test_parity_tells_how_far_the_peer_is(bench, monkeypatch):
    monkeypatch.setattr(beside, "dry_sounds", lambda data, seconds: {"voice": noise(RATE // 4, 1)[0].astype(float)})
    monkeypatch.setattr(beside, "peer_nara", lambda folder: folder)
    monkeypatch.setattr(beside, "_nara", lambda spectrum, python: beside.iterated(spectrum) / 1.01)
    for row in beside.parity(bench).rows:
        assert row[2:] == ("-40.0", "-40.0")
