from pathlib import Path

import pytest

from cli.songs import collect_songs, plan_folders
from mixassist.errors import AudioError


def test_songs_keep_their_order_and_come_once(tmp_path):
    paths = [tmp_path / name for name in ("b.wav", "a.wav", "b.wav")]
    assert collect_songs(paths) == paths[:2]


def test_folders_are_walked_for_audio(tmp_path):
    for name in ("b.WAV", "a.mp3", "notes.txt", "sub/c.flac"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.name for path in collect_songs([tmp_path])] == ["a.mp3", "b.WAV", "c.flac"]


def test_no_songs_is_an_error(tmp_path):
    with pytest.raises(AudioError, match="holds no audio files"):
        collect_songs([tmp_path])


def test_later_songs_of_one_name_get_their_extension_then_a_number():
    songs = [Path("x/song.wav"), Path("y/song.mp3"), Path("z/song.mp3"), Path("other.wav")]
    folders = [folder.name for folder in plan_folders(songs, Path("out")).values()]
    assert folders == ["song", "song-mp3", "song-mp3-2", "other"]
