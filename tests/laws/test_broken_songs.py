"""Law 11 for advice: what cannot be measured is one line and exit code 2, and what is odd is measured all the same."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from tests.laws.test_broken_inputs import BROKEN_SONGS, require_one_line
from tests.signals import music_like

RATE = 44100
COMMANDS = {"inspect": ("inspect",), "guess": ("genre", "guess"), "master": ("suggest", "master")}
HEARS_ANY_CHANNELS = {("guess", "six_channels")}
"""Genres are heard in mono, whatever it is folded down from."""
FOLDER_IS_NO_SONG = {("master", "a_folder_of_nothing")}
"""`suggest master` takes one song, and says so in other words."""

CASES = [
    (command, breakage)
    for command in COMMANDS
    for breakage in BROKEN_SONGS
    if (command, breakage.__name__) not in HEARS_ANY_CHANNELS | FOLDER_IS_NO_SONG
]


@pytest.mark.parametrize(("command", "breakage"), CASES, ids=lambda part: getattr(part, "__name__", part))
def test_a_broken_song_is_one_line(mixassist, tmp_path, command, breakage):
    breakage(tmp_path / "song.wav")
    require_one_line(mixassist(*COMMANDS[command], tmp_path / "song.wav"), BROKEN_SONGS[breakage])


@pytest.mark.parametrize("command", COMMANDS)
def test_a_missing_song_is_one_line(mixassist, tmp_path, command):
    require_one_line(mixassist(*COMMANDS[command], tmp_path / "missing.wav"), "missing.wav does not exist")


def test_a_master_of_a_folder_is_one_line(mixassist, tmp_path):
    require_one_line(mixassist("suggest", "master", tmp_path), "is a folder: name an audio file in it")


@pytest.mark.parametrize(
    ("said", "answer"),
    [("hiphopp", "did you mean hiphop?"), ("metall", "did you mean metal?"), ("zzz", "there are neutral, ambient")],
)
def test_an_unknown_genre_is_answered_with_the_known(mixassist, tmp_path, said, answer):
    soundfile.write(tmp_path / "song.wav", music_mix(2.0), RATE)
    require_one_line(mixassist("suggest", "master", tmp_path / "song.wav", "--genre", said), answer)


def music_mix(seconds):
    """A loop [T, 2] at a moderate level."""
    mix = sum(music_like(seconds, RATE).values()).T
    return 0.4 * mix / np.abs(mix).max()


ODD_SONGS = {
    "two seconds": lambda: music_mix(2.0),
    "mono": lambda: music_mix(6.0).mean(axis=1),
    "mono in stereo": lambda: music_mix(6.0)[:, [0, 0]],
}


@pytest.mark.parametrize("odd", ODD_SONGS)
@pytest.mark.parametrize("command", COMMANDS)
def test_odd_songs_are_measured(mixassist, tmp_path, command, odd):
    soundfile.write(tmp_path / "song.wav", ODD_SONGS[odd](), RATE)
    outcome = mixassist(*COMMANDS[command], tmp_path / "song.wav", "--json")
    assert (outcome.code, outcome.error_lines) == (0, [])
    json.loads(outcome.out, parse_constant=lambda constant: pytest.fail(f"{constant} is no JSON"))


def test_a_mono_master_is_not_widened(mixassist, tmp_path):
    soundfile.write(tmp_path / "song.wav", music_mix(6.0).mean(axis=1), RATE)
    assert mixassist("suggest", "master", tmp_path / "song.wav", "--json").json["width"] is None


def test_silence_is_inspected_and_not_mastered(mixassist, tmp_path):
    soundfile.write(tmp_path / "song.wav", np.zeros((2 * RATE, 2)), RATE)
    outcome = mixassist("inspect", tmp_path / "song.wav")
    assert outcome.code == 0
    assert "silent" in outcome.out
    assert "█" not in outcome.out
    require_one_line(mixassist("suggest", "master", tmp_path / "song.wav"), "silent")
    require_one_line(mixassist("genre", "guess", tmp_path / "song.wav"), "silent")
