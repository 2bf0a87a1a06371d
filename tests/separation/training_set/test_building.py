"""A whole set built of sources made on the spot, with a synthesizer that plays sines."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mixassist.audio.buffer import AudioBuffer
from mixassist.audio.writer import Encoding, write_audio
from mixassist.errors import OptionError
from separation.remix import Remixer
from separation.songs import RATE, STEMS, SongLibrary
from separation.training_set import __main__ as command
from separation.training_set import song_maker
from separation.training_set.building import SetOptions, build
from separation.training_set.manifest import read_manifest, refuse_unknown_songs
from separation.training_set.sources import read_sources

SOURCES = """
[[source]]
name = "font"
kind = "soundfont"
path = "font.sf2"
licence = "MIT"
credit = "A Maker"
[[source]]
name = "kit"
kind = "drumkit"
path = "kit"
licence = "CC0-1.0"
credit = "A Drummer"
[source.hits]
kick = [["kick.wav"]]
snare = [["snare.wav"]]
hat = [["snare.wav"]]
[[source]]
name = "songs"
kind = "songs"
path = "train"
folders = ["a", "b"]
licence = "CC0-1.0"
credit = "A Band"
[[source]]
name = "choir"
kind = "voices"
path = "voices/choir"
licence = "CC BY 4.0"
credit = "A Singer"
"""
OPTIONS = SetOptions(n_songs=2, seconds=8, n_jobs=1, held_out=("b",))


class Sines:
    """Stands in for FluidSynth: every note is a sine of its pitch."""

    def __init__(self, soundfonts) -> None:
        assert soundfonts

    def play(self, parts, n_samples):
        tracks = np.zeros((len(parts), 2, n_samples), np.float32)
        for track, part in zip(tracks, parts, strict=True):
            for note in part.notes:
                first = int(note.start_s * RATE)
                time_s = np.arange(min(int(note.length_s * RATE), max(n_samples - first, 0))) / RATE
                hz = 440 * 2 ** ((note.pitch - 69) / 12)
                track[:, first : first + time_s.size] += 0.1 * np.sin(2 * np.pi * hz * time_s)
        return tracks


def sound(path, samples, container="wav"):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_audio(path, AudioBuffer(samples.astype(np.float32), RATE), Encoding(container, "16"))


@pytest.fixture
def data(tmp_path, rng, monkeypatch):
    """A data folder, its file of sources beside it."""
    monkeypatch.setattr(song_maker, "Synthesizer", Sines)
    folder = tmp_path / "data"
    tune = 0.3 * np.sin(2 * np.pi * 220 * np.arange(2 * RATE) / RATE)
    for song in ("a", "b"):
        for stem in STEMS:
            sound(folder / "train" / song / f"{stem}.ogg", np.stack([tune, tune]), "ogg")
    sound(folder / "voices" / "choir" / "one.ogg", tune[None], "ogg")
    for drum in ("kick", "snare"):
        sound(folder / "kit" / f"{drum}.wav", rng.standard_normal((1, 4000)) * 0.1)
    (folder / "font.sf2").write_bytes(b"RIFF")
    (tmp_path / "sources.toml").write_text(SOURCES, encoding="utf-8")
    return folder


def built(data, folder, options=OPTIONS):
    return list(build(data, folder, read_sources(data, data.parent / "sources.toml"), options))


def test_songs_are_made_written_down_and_kept(data, tmp_path):
    folder = tmp_path / "set"
    assert built(data, folder) == ["made-000000", "made-000001"]
    manifest = read_manifest(folder)
    assert {row["name"]: row["licence"] for row in manifest["sources"]} == {
        "font": "MIT",
        "kit": "CC0-1.0",
        "songs": "CC0-1.0",
        "choir": "CC BY 4.0",
    }
    assert all(row["credit"] and len(row["sha256"]) == 64 for row in manifest["sources"])
    assert manifest["recorded_songs"] == {"a": "songs", "b": "songs"}
    songs = SongLibrary.open(folder, ("b",)).songs
    assert set(songs) == {"a", "made-000000", "made-000001"}
    for name in manifest["made_songs"]:
        assert {"drums", "bass", "other"} & set(songs[name])
        assert all(stem.shape[1] == 8 * RATE and np.asarray(stem).any() for stem in songs[name].values())
    before = (folder / "songs" / "made-000000" / "drums.npy").stat().st_mtime_ns
    more = SetOptions(n_songs=3, seconds=8, n_jobs=1, held_out=("b",))
    assert len(built(data, folder, more)) == 3
    assert (folder / "songs" / "made-000000" / "drums.npy").stat().st_mtime_ns == before
    assert len(read_manifest(folder)["made_songs"]) == 3


def test_the_trainer_takes_examples_from_a_set(data, tmp_path, rng):
    built(data, tmp_path / "set")
    stems = Remixer(SongLibrary.open(tmp_path / "set", ("b",)), RATE).example(rng)
    assert stems.shape == (4, 2, RATE)
    assert np.isfinite(stems).all()


def test_the_song_held_out_lends_no_voice(data, tmp_path):
    built(data, tmp_path / "set")
    phrases = json.loads((tmp_path / "set" / "phrases.json").read_text(encoding="utf-8"))
    assert {phrase["singer"] for phrase in phrases} == {"a", "choir one"}
    refuse_unknown_songs(tmp_path / "set", "b")
    with pytest.raises(OptionError, match="--hold-out a"):
        refuse_unknown_songs(tmp_path / "set", "a")


@pytest.mark.parametrize("stranger", ["songs/pirated", "voices/pirated.npy"])
def test_training_refuses_what_the_manifest_does_not_name(data, tmp_path, stranger):
    built(data, tmp_path / "set")
    path = tmp_path / "set" / stranger
    path.mkdir() if path.suffix == "" else path.write_bytes(b"")
    with pytest.raises(OptionError, match="no licence and credit for pirated"):
        refuse_unknown_songs(tmp_path / "set", "b")


def test_a_missing_soundfont_is_one_line_with_the_cure(data, tmp_path, monkeypatch, capsys):
    (data / "font.sf2").unlink()
    arguments = ["--data", str(data), "--out", str(tmp_path / "set"), "--songs", "1", "--jobs", "1"]
    monkeypatch.setattr("sys.argv", ["training_set", *arguments, "--sources", str(data.parent / "sources.toml")])
    assert command.main() == 2
    assert "apt-get install fluid-soundfont-gm" in " ".join(capsys.readouterr().err.split())


def test_the_command_builds_packs_and_unpacks(data, tmp_path, monkeypatch):
    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["training_set", *map(str, arguments)])
        return command.main()

    place = (
        "--data",
        data,
        "--sources",
        data.parent / "sources.toml",
        "--hold-out",
        "b",
        "--pack",
        tmp_path / "pieces",
    )
    assert run("--out", tmp_path / "set", "--songs", 1, "--seconds", 8, "--jobs", 1, *place) == 0
    assert run("--out", tmp_path / "again", "--unpack", tmp_path / "pieces") == 0
    refuse_unknown_songs(tmp_path / "again", "b")
    assert set(SongLibrary.open(tmp_path / "again").songs) == {"a", "b", "made-000000"}
    assert run("--out", tmp_path / "nothing", "--songs", 1) == 2


def test_no_songs_is_refused():
    with pytest.raises(OptionError, match="n_songs is 0"):
        SetOptions(n_songs=0)


@pytest.mark.parametrize("container", ["mp3", "ogg"])
def test_a_codec_leaves_stems_where_they_were(rng, container):
    stems = np.zeros((4, 2, RATE), np.float32)
    stems[0] = 0.2 * np.sin(2 * np.pi * 500 * np.arange(RATE) / RATE)
    before = stems[0].copy()
    after = song_maker.coded(stems, container)
    assert not after[1:].any()
    middle = slice(RATE // 4, 3 * RATE // 4)
    error = after[0, :, middle] - before[:, middle]
    assert np.abs(error).max() < 0.02
