"""The benchmark of data sets, on made notes: does it still run?"""

from __future__ import annotations

from benchmarks import timbre_sets
from benchmarks.separation import Bench
from tests.transfer.dataset.made_recordings import note, write


def test_foreign_sounds_and_copies_are_counted(tmp_path, monkeypatch):
    for index in range(20):
        write(tmp_path / "horn" / f"{index:02d}-dnm.wav", note(50 + index, 0.4, 1.2 + 0.02 * (index % 3), index))
    write(tmp_path / "saw.wav", note(57, 0.4, 0.0, 20))
    monkeypatch.setattr(timbre_sets, "GROUPS", {timbre_sets.MAJORITY: ("horn", 20), "saw": ("saw.wav", 1)})
    monkeypatch.setattr(timbre_sets, "ALONE", (timbre_sets.ONE_MICROPHONE,))
    bench = Bench(tmp_path, tmp_path, is_quick=True)
    assert timbre_sets.belonging(bench).rows[0] == ("saw", "1 of 1", "0 of 20")
    to_copy, between = (float(row[1]) for row in timbre_sets.copies(bench).rows)
    assert to_copy < between
