from __future__ import annotations

import numpy as np
import pytest

from mixassist import AudioBuffer, read_audio, write_audio
from tests.signals import music_like

RATE = 44100


@pytest.fixture
def song(tmp_path):
    mix = sum(music_like(4, RATE).values())
    path = tmp_path / "song.wav"
    write_audio(path, AudioBuffer((0.1 * mix / np.abs(mix).max()).astype(np.float32), RATE))
    return path


def test_a_master_is_suggested_rendered_paired_and_exported(mixassist, song, tmp_path):
    out = tmp_path / "master.wav"
    words = ("--genre", "pop", "--target", "-24", "--render", out, "--ab", "-o", tmp_path / "advice", "--json")
    done = mixassist("suggest", "master", song, *words)
    assert done.code == 0
    assert {"suggestions", "eq", "limiter", "render", "pair", "exports"} <= set(done.json)
    assert read_audio(out).samples.shape == read_audio(song).samples.shape
    assert (tmp_path / "master.before.wav").exists()
    assert {path.suffix for path in (tmp_path / "advice").iterdir()} == {
        ".json",
        ".html",
        ".rpp",
        ".templates",
        ".dawproject",
    }
    assert mixassist("suggest", "master", song, *words).code == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--target", "spotfy"), "did you mean spotify"),
        (("--genre", "rokc"), "did you mean rock"),
        (("--amount", "eq"), "eq=0.5"),
        (("--amount", "echo=1"), "there are eq"),
        (("--export", "json"), "-o DIR"),
        (("--ab",), "--render"),
        (("--render", "x.mp3"), ".wav"),
    ],
)
def test_bad_options_give_a_line_and_a_cure(mixassist, song, words, says):
    done = mixassist("suggest", "master", song, *words)
    assert done.code == 2
    assert len(done.error_lines) == 1
    assert says in done.error_lines[0]


def test_the_song_is_never_overwritten(mixassist, song):
    done = mixassist("suggest", "master", song, "--render", song, "--force")
    assert done.code == 2
    assert "is what was given" in done.err


def test_the_reference_is_never_overwritten(mixassist, song, tmp_path):
    reference = tmp_path / "reference.wav"
    reference.write_bytes(song.read_bytes())
    words = ("--genre", "pop", "--reference", reference, "--render", reference, "--force")
    done = mixassist("suggest", "master", song, *words)
    assert done.code == 2
    assert "is what was given" in done.err
    assert reference.read_bytes() == song.read_bytes()
