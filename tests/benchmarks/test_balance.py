"""The benchmark of balance, on songs of noise: does it still run, and is what it says true of faders that are known?"""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from benchmarks.balance import balance, faders, finished
from benchmarks.balance_songs import (
    BAND,
    ELECTRONIC,
    FOLDERS,
    RANGE_DB,
    as_files,
    random_faders,
    read_songs,
    taught_without,
    with_faders,
)
from benchmarks.separation import Bench
from mixassist.suggest.track import measure_track
from tests.signals import noise

RATE = 22050
LEVELS = {"bass": 0.1, "drums": 0.2, "other": 0.05, "vocals": 0.1}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    for group, name in FOLDERS.items():
        for number in range(3 if group == ELECTRONIC else 1):
            song = folder / "separation" / name / f"song {number}"
            song.mkdir(parents=True)
            for k, (stem, level) in enumerate(LEVELS.items()):
                samples = noise(RATE, 1, level * (1 + 0.1 * number * k), seed=k)[0]
                soundfile.write(song / f"{stem}.ogg", samples, RATE)
    medleydb = folder / "mixing" / "medleydb"
    (medleydb / "metadata").mkdir(parents=True)
    stems = "\n".join(f"  S0{k}:\n    instrument: {each}" for k, each in enumerate(("drum set", "electric bass"), 1))
    for number in range(4):
        (medleydb / "metadata" / f"{number}_METADATA.yaml").write_text(f"genre: Rock\nstems:\n{stems}\n")
    gains = "{1: 2.0, 2: 1.0}"
    (medleydb / "mixing_coefficients.yaml").write_text("".join(f"'{number}': {gains}\n" for number in range(4)))
    second = "".join(f"'{number}':\n  manual: {gains}\n  audio: {gains}\n" for number in range(4))
    (medleydb / "mixing_coefficients_version2.yaml").write_text(second)
    return folder


@pytest.fixture(scope="module")
def songs(data):
    return read_songs(data)


@pytest.fixture
def read_once(songs, monkeypatch):
    """Songs are read once for all tests."""
    monkeypatch.setattr("benchmarks.balance.read_songs", lambda data, most: songs)


def test_doing_nothing_leaves_what_was_planted(data, songs, read_once, tmp_path):
    rows = {row[0]: row[1:] for row in balance(Bench(tmp_path, data, is_quick=True)).rows}
    planted = {song.group: [] for song in songs}
    for song in songs:
        off = random_faders(song, 0)
        planted[song.group].append(np.abs(off - off.mean()))
    assert float(rows["nothing"][0]) == pytest.approx(np.mean(planted[ELECTRONIC]), abs=0.006)
    assert float(rows["nothing"][1]) == pytest.approx(np.mean(planted[BAND]), abs=0.006)
    assert rows["nothing"][3] == "100%"
    assert len(rows) == 8


def test_faders_of_one_kind_are_foretold_and_equal_ones_are_not(data, tmp_path):
    section = faders(Bench(tmp_path, data, is_quick=True))
    error = {row[0]: float(row[1]) for row in section.rows}
    assert error["median of the instrument"] == 0
    assert error["equal faders"] == pytest.approx(3.01, abs=0.01)


def test_finished_songs_are_counted(data, read_once, tmp_path):
    section = finished(Bench(tmp_path, data, is_quick=True))
    assert all(row[1].endswith("of 4") for row in section.rows)


def test_a_gained_song_measures_as_its_gained_files_do(songs, tmp_path):
    song = songs[0]
    off = random_faders(song, 3)
    assert np.abs(off).max() <= RANGE_DB
    gained = with_faders(song.guessed, off)
    files = list(as_files(song, off, 60.0, tmp_path))
    assert [path.stem for path in files] == [channel.track.path.stem for channel in gained.channels]
    for channel, path in zip(gained.channels, files, strict=True):
        heard = measure_track(path)
        assert heard.loudness_lufs == pytest.approx(channel.loudness_lufs, abs=1e-3)
        assert channel.track.loudness_lufs == pytest.approx(channel.loudness_lufs, abs=1e-3)
        assert heard.peaks == pytest.approx(channel.track.peaks, rel=1e-3)


def test_a_song_teaches_nothing_about_itself(songs):
    whole, without = taught_without(None, songs), taught_without(songs[2], songs)
    assert without.values["bass"] != whole.values["bass"]
    assert taught_without(songs[3], songs).values == whole.values
