"""The quick form of inspecting: do the tables still fill?"""

from __future__ import annotations

from benchmarks.inspecting import genre, speed
from benchmarks.measure import Run
from benchmarks.separation import Bench


def require_full_table(section):
    assert section.rows
    assert {len(row) for row in section.rows} == {len(section.columns)}


def test_speed_is_a_table(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmarks.inspecting.run_process", lambda command: Run(seconds=2.0, peak_mb=300.0))
    section = speed(Bench(tmp_path, tmp_path, is_quick=True))
    require_full_table(section)
    assert section.rows[0][2:4] == ("2.00", "3")
    assert float(section.rows[0][5]) > 0


def test_genres_without_the_table_say_so(tmp_path):
    section = genre(Bench(tmp_path, tmp_path, is_quick=True))
    require_full_table(section)
    assert section.rows[0][0] == "no table"


def test_artists_apart_are_harder_to_tell(tmp_path, shared_data):
    section = genre(Bench(tmp_path, shared_data, is_quick=True))
    require_full_table(section)
    shares = [float(row[2].rstrip("%")) for row in section.rows]
    assert max(shares) == shares[-1], "a split at random flatters"
    assert min(shares) > 40
