from __future__ import annotations

import pytest
import soundfile

from mixassist.suggest.export import FORMATS
from tests.signals import noise

RATE = 22050
KEYS = {"track", "instrument", "gain_db", "pan", "high_pass_hz", "eq", "compressor", "gate", "reverb_send_db"}


@pytest.fixture
def tracks(tmp_path):
    folder = tmp_path / "tracks"
    folder.mkdir()
    for seed, name in enumerate(("lead vox", "bass", "drums", "guitar")):
        soundfile.write(folder / f"{name}.wav", noise(2 * RATE, 1, 0.05, seed)[0], RATE)
    return folder


def test_json_holds_the_contract(mixassist, tracks):
    advice = mixassist("suggest", "mix", tracks, "--genre", "rock", "--json").json
    assert {"genre", "tracks", "masking", "reverb", "bus", "master", "findings"} <= advice.keys()
    assert advice["genre"]["name"] == "rock"
    assert [track["track"] for track in advice["tracks"]] == ["bass.wav", "drums.wav", "guitar.wav", "lead vox.wav"]
    for track in advice["tracks"]:
        assert track.keys() >= KEYS
        for entry in track["suggestions"]:
            assert entry.keys() >= {"processor", "parameter", "value", "unit", "min", "max", "reason", "confidence"}


def test_the_table_names_tracks_and_reasons(mixassist, tracks):
    outcome = mixassist("suggest", "mix", tracks, "--genre", "rock", "--instrument", "guitar.wav=piano")
    assert outcome.code == 0
    assert "genre: rock" in outcome.out
    assert "lead vocal, lead" in outcome.out
    assert "piano" in outcome.out


def test_an_output_of_separate_is_taken_without_its_residual(mixassist, tracks):
    (tracks / "separation.json").write_text("{}")
    soundfile.write(tracks / "residual.wav", noise(RATE, 1)[0], RATE)
    advice = mixassist("suggest", "mix", tracks, "--genre", "rock", "--json").json
    assert "residual.wav" not in [track["track"] for track in advice["tracks"]]


def test_tracks_of_one_name_are_all_in_the_mix_and_its_exports(mixassist, tmp_path):
    for seed, take in enumerate(("a", "b")):
        (tmp_path / take / "in").mkdir(parents=True)
        soundfile.write(tmp_path / take / "in" / "keys.wav", noise(RATE, 1, 0.05, seed)[0], RATE)
    folders = (tmp_path / "a", tmp_path / "b", tmp_path / "a" / ".." / "a")
    words = ("--genre", "rock", "--lead", tmp_path / "b" / "in" / "keys.wav", "-o", tmp_path / "out")
    advice = mixassist("suggest", "mix", *folders, *words, "--export", "reaper", "--json").json
    assert [(each["track"], each["role"]) for each in advice["tracks"]] == [
        ("a/in/keys.wav", ""),
        ("b/in/keys.wav", "lead"),
    ]
    project = next((tmp_path / "out").iterdir()).read_text()
    assert all(str(tmp_path / take / "in" / "keys.wav") in project for take in ("a", "b"))


def test_an_unknown_genre_is_answered_with_the_nearest(mixassist, tracks):
    outcome = mixassist("suggest", "mix", tracks, "--genre", "rokc")
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1
    assert "did you mean rock?" in outcome.err


def test_unclear_instruments_are_refused(mixassist, tracks):
    outcome = mixassist("suggest", "mix", tracks, "--instrument", "bass")
    assert (outcome.code, len(outcome.error_lines)) == (2, 1)


def test_exports_are_written_and_not_overwritten(mixassist, tracks, tmp_path):
    words = ("suggest", "mix", tracks, "--genre", "rock", "-o", tmp_path / "out", "--export", "json,templates")
    assert mixassist(*words).code == 0
    assert len(list((tmp_path / "out").iterdir())) == 2
    assert mixassist(*words).code == 2
    assert mixassist(*words, "--force").code == 0
    (tmp_path / "out" / "tracks.templates" / "mine.txt").write_text("mine")
    assert "holds mine.txt" in mixassist(*words, "--force").err


def test_a_place_that_cannot_be_is_told_before_the_work_in_one_line(mixassist, tracks, tmp_path):
    (tmp_path / "file").write_text("")
    done = mixassist("suggest", "mix", tracks, "--render", tmp_path / "file" / "mix.wav", "--json")
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "cannot be written" in done.err


def test_a_mix_is_rendered_paired_and_carried_on(mixassist, tracks, tmp_path):
    out = tmp_path / "mix.wav"
    words = ("suggest", "mix", tracks, "--genre", "rock", "--render", out, "--ab", "-o", tmp_path / "out", "--json")
    done = mixassist(*words)
    assert done.code == 0
    assert {"master", "render", "pair", "exports"} <= set(done.json)
    info = soundfile.info(out)
    assert (info.channels, info.subtype) == (2, "PCM_24")
    assert (tmp_path / "mix.before.wav").exists()
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == set(FORMATS.values())
    assert mixassist(*words).code == 2


@pytest.mark.parametrize(
    ("words", "says"),
    [(("--ab",), "--render"), (("--render", "x.mp3"), ".wav"), (("--export", "pdf"), "there are json")],
)
def test_renders_and_exports_that_cannot_be_are_refused_at_once(mixassist, tracks, words, says):
    done = mixassist("suggest", "mix", tracks, *words)
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert says in done.error_lines[0]


def test_a_render_is_kept_apart_from_tracks(mixassist, tracks):
    done = mixassist("suggest", "mix", tracks, "--render", tracks / "mix.wav")
    assert (done.code, len(done.error_lines)) == (2, 1)
    assert "among the tracks" in done.err
    done = mixassist("suggest", "mix", *sorted(tracks.glob("*.wav")), "--render", tracks / "bass.wav", "--force")
    assert done.code == 2
    assert "is what was given" in done.err
    done = mixassist("suggest", "mix", *sorted(tracks.glob("*.wav")), "--render", tracks / "mix.wav")
    assert "among the tracks" in done.err
