"""The benchmarks of rooms, in small: do they still run, and does a room that is itself have no error?"""

from __future__ import annotations

import numpy as np
import pytest

import benchmarks.room_matching as bench_of_matches
from benchmarks.dereverb_rooms import RATE
from benchmarks.room_matching import Reference, matching
from benchmarks.rooms import rooms
from benchmarks.separation import Bench
from tests.tolerances import BAND_RATIO_DB


def test_rooms_ring_as_asked(tmp_path):
    (studio, chamber) = rooms(Bench(tmp_path, tmp_path, is_quick=True)).rows
    assert (studio[0], chamber[0]) == ("studio", "chamber")
    assert all(float(row[2].rstrip("%")) < 10 for row in (studio, chamber))


def test_a_match_is_judged(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    bursts = np.zeros(4 * RATE)
    for start in range(0, bursts.size, RATE):
        bursts[start : start + RATE // 10] = 0.1 * rng.standard_normal(RATE // 10)
    monkeypatch.setattr(bench_of_matches, "dry_sounds", lambda data, seconds: {"bursts": bursts})
    section = matching(Bench(tmp_path, tmp_path, is_quick=True))
    assert [row[0] for row in section.rows] == ["all", "bursts", "rooms made"]
    assert all(row[1] == "1" for row in section.rows)


def test_the_ratio_of_a_reference_is_that_of_its_energies():
    response = np.zeros((2, RATE))
    response[:, 0], response[:, RATE // 2] = 1.0, 0.5
    assert Reference("", response).ratio_db() == pytest.approx(20 * np.log10(2), abs=BAND_RATIO_DB)
