"""The quick form of the benchmark of live separation, with a small random network."""

import pytest

from benchmarks.lite_live import SECTIONS
from benchmarks.separation import Bench
from mixassist import AudioBuffer, write_audio
from tests.signals import noise


@pytest.fixture
def bench(tmp_path, monkeypatch, small_live):
    song = tmp_path / "song.wav"
    write_audio(song, AudioBuffer(noise(12000, n_channels=2, amplitude=0.2), 44100))
    monkeypatch.setattr("benchmarks.lite_live.song_of", lambda minutes, folder: song)
    monkeypatch.setattr("benchmarks.lite_live.LIVE_MODEL", str(small_live.path))
    monkeypatch.setattr("benchmarks.lite_live.CLICK_AT", 2048)
    return Bench(tmp_path, tmp_path, is_quick=True)


def test_streams_and_a_file_have_a_full_table(bench):
    section = SECTIONS["lite-live"](bench)
    assert {len(row) for row in section.rows} == {len(section.columns)}
    *streams, file = section.rows
    assert [row[0] for row in streams] == ["blocks of 1024", "blocks of 2048"]
    for row in streams:
        assert row[1] == "1.1 (48 frames)"
        assert row[2] == "48"
        assert row[6] == "-300"
    assert float(file[-1]) > 0
