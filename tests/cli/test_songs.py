from pathlib import Path

import pytest

from cli.songs import collect_songs, plan_folders
from mixassist.errors import AudioError
from separation.report import REPORT_NAME


def test_songs_keep_their_order_and_come_once(tmp_path):
    paths = [tmp_path / name for name in ("b.wav", "a.wav", "b.wav")]
    assert collect_songs(paths, tmp_path / "out") == paths[:2]


def test_folders_are_walked_for_audio(tmp_path):
    for name in ("b.WAV", "a.mp3", "notes.txt", "sub/c.flac"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in collect_songs([tmp_path], tmp_path / "out")] == ["a.mp3", "b.WAV", "c.flac"]


def test_no_songs_is_an_error(tmp_path):
    with pytest.raises(AudioError, match="holds no audio files"):
        collect_songs([tmp_path], tmp_path / "out")


def test_a_walk_leaves_out_hidden_files_and_our_own_stems(tmp_path):
    for name in ("song.wav", "._song.wav", ".drums.123.part.wav", "out/song/drums.wav", "old/song/drums.wav"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "old" / "song" / "separation.json").touch()
    assert collect_songs([tmp_path], tmp_path / "out") == [tmp_path / "song.wav"]


def test_a_folder_that_cannot_be_read_is_named(tmp_path, monkeypatch):
    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(AudioError, match="cannot be read \\(Permission denied\\)"):
        collect_songs([tmp_path], tmp_path / "out")


def test_names_that_differ_in_case_alone_get_two_folders():
    folders = plan_folders([Path("x/Song.wav"), Path("y/song.mp3")], Path("out")).values()
    assert [folder.name for folder in folders] == ["Song", "song-mp3"]


def test_later_songs_of_one_name_get_their_extension_then_a_number():
    songs = [Path("x/song.wav"), Path("y/song.mp3"), Path("z/song.mp3"), Path("other.wav")]
    folders = [folder.name for folder in plan_folders(songs, Path("out")).values()]
    assert folders == ["song", "song-mp3", "song-mp3-2", "other"]


def test_a_folder_that_is_left_out_though_it_was_named_is_told_why(tmp_path):
    (tmp_path / "vocals.wav").touch()
    with pytest.raises(AudioError, match="another -o"):
        collect_songs([tmp_path], tmp_path)
    (tmp_path / REPORT_NAME).touch()
    with pytest.raises(AudioError, match="holds the stems"):
        collect_songs([tmp_path], tmp_path / "out")
