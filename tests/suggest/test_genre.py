"""Genres: features do not change with level, models are plain numbers, and doubt is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mixassist import AudioBuffer, write_audio
from mixassist.errors import AudioError, ModelError, OptionError
from mixassist.suggest.advice import GenreUsed
from mixassist.suggest.features import GENRE_COLUMNS, RATE_HZ, TABLE_COLUMNS, level_free, table_features
from mixassist.suggest.genre import guess_genre
from mixassist.suggest.genre_fitting import FEW_SONGS, LabelledSong, Told, find_labelled_songs, fit_genre
from mixassist.suggest.genre_model import GenreGuess, load_genre_model, save_genre_model
from mixassist.suggest.genre_style import STRANGER, card_chances, guessed_style, stranger_findings
from mixassist.suggest.gtzan import gtzan_examples, read_gtzan
from mixassist.suggest.style_files import load_style
from mixassist.suggest.training import learn_genres
from tests.tolerances import LEVEL_FREE

N_FRAMES = 2 * RATE_HZ


def beat(seed: int, pitch_hz: float, noise: float) -> np.ndarray:
    """Two seconds of a chord under clicks: low and clean, or high and noisy."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(N_FRAMES) / RATE_HZ
    tone = sum(np.sin(2 * np.pi * pitch_hz * ratio * time_s) for ratio in (1, 1.25, 1.5))
    clicks = (np.arange(N_FRAMES) % (RATE_HZ // 2) < 400) * rng.standard_normal(N_FRAMES)
    return (0.1 * tone + 0.2 * clicks + noise * rng.standard_normal(N_FRAMES)).astype(np.float32)


@pytest.fixture
def songs(tmp_path: Path) -> Path:
    """Two genres of four songs each, by the same two artists."""
    for genre, pitch_hz, noise in (("drone", 110.0, 0.001), ("hiss", 880.0, 0.1)):
        for number in range(4):
            samples = beat(number, pitch_hz * (1 + 0.05 * number), noise)
            path = tmp_path / "songs" / genre / f"artist {number % 2}" / f"{number}.wav"
            write_audio(path, AudioBuffer(samples[None], RATE_HZ))
    return tmp_path / "songs"


def find(folder: Path):
    return find_labelled_songs(sorted(folder.rglob("*.wav")), folder)


def test_level_is_no_feature() -> None:
    samples = beat(0, 220.0, 0.01)
    loud, quiet = (level_free(table_features(gain * samples)) for gain in (np.float32(1), np.float32(0.1)))
    assert tuple(loud) == GENRE_COLUMNS
    assert loud == pytest.approx(quiet, rel=LEVEL_FREE, abs=LEVEL_FREE)


def test_own_genres_are_learned_kept_and_told(songs: Path, tmp_path: Path) -> None:
    model = fit_genre(find(songs))
    assert model.card["n_songs"] == {"drone": 4, "hiss": 4}
    assert model.card["held_out"]["n_groups"] == 2
    save_genre_model(model, tmp_path / "own.json")
    again = load_genre_model(tmp_path / "own.json")
    song = songs / "hiss" / "artist 0" / "0.wav"
    assert guess_genre(song, again).name == "hiss"
    assert guess_genre(song, again).probabilities == pytest.approx(guess_genre(song, model).probabilities, abs=1e-3)


def test_an_unlikely_answer_is_none() -> None:
    model = load_genre_model()
    middle = dict(zip(model.classifier.columns, model.classifier.center, strict=True))
    unsure = model.guess([middle])
    assert unsure.name is None
    assert "likeliest" in unsure.why_unsure
    assert sum(unsure.probabilities.values()) == pytest.approx(1, abs=1e-3)


def test_what_is_unlike_all_that_was_learned_from_gets_no_name() -> None:
    model = load_genre_model()
    direction = model.classifier.weights[0, : len(model.classifier.columns)]
    spread = 20 * direction / np.abs(direction).max()
    far = model.classifier.center + model.classifier.scale * spread
    guess = model.guess([dict(zip(model.classifier.columns, far, strict=True))])
    assert guess.name is None
    assert guess.is_stranger
    assert "unlike" in guess.why_unsure
    style, used = guessed_style(guess)
    assert style is load_style("neutral")
    assert used == GenreUsed(STRANGER, {"neutral": 1.0})
    assert [finding.code for finding in stranger_findings(guess, "cure")] == ["unlike-any-genre"]


def test_a_guess_stands_for_cards_and_what_has_none_is_neutral() -> None:
    assert card_chances(GenreGuess(None, {"rock": 0.4, "Punk": 0.3, "my own": 0.2, "yours": 0.1})) == pytest.approx(
        {"rock": 0.7, "neutral": 0.3}
    )
    assert guessed_style(GenreGuess("my own", {"my own": 1.0}))[1] == GenreUsed("my own", {"neutral": 1.0})
    assert guessed_style(GenreGuess(None, {"rock": 0.4, "jazz": 0.6}))[1].name == "unsure"
    assert guessed_style(None)[1] == GenreUsed("neutral", {"neutral": 1.0})


def test_an_artist_is_one_whatever_the_case_and_the_genre() -> None:
    places = ("Rock/Bowie/1.wav", "rock/bowie/2.wav", "pop/Bowie/album/3.wav", "pop/4.wav", "rock/4.wav")
    labelled = find_labelled_songs([Path("songs") / place for place in places], Path("songs"))
    assert [song.genre for song in labelled] == ["rock", "rock", "pop", "pop", "rock"]
    assert [song.group for song in labelled] == ["bowie", "bowie", "bowie", "pop/4.wav", "rock/4.wav"]


def test_songs_that_cannot_be_used_say_why(tmp_path: Path, songs: Path) -> None:
    write_audio(tmp_path / "silent.wav", AudioBuffer(np.zeros((2, RATE_HZ * 2), dtype=np.float32), RATE_HZ))
    write_audio(tmp_path / "short.wav", AudioBuffer(np.ones((1, 99), dtype=np.float32), RATE_HZ))
    with pytest.raises(AudioError, match="silent"):
        guess_genre(tmp_path / "silent.wav")
    with pytest.raises(AudioError, match="at least 1 s"):
        guess_genre(tmp_path / "short.wav")
    with pytest.raises(OptionError, match="GENRE/song"):
        find_labelled_songs([songs / "a.wav"], songs)


TOO_FEW = {
    "songs that can be used: hiss; give a folder": lambda song: song.genre == "hiss",
    "'hiss' has a single song": lambda song: song.genre == "drone" or song.path.name == "0.wav",
    "all 2 songs of 'hiss' lie in one artist's folder": lambda song: song.genre == "drone" or "1" in song.group,
}


@pytest.mark.parametrize("message", TOO_FEW)
def test_too_few_songs_are_refused_before_any_is_heard(songs: Path, message: str) -> None:
    heard: list[LabelledSong] = []
    with pytest.raises(OptionError, match=message):
        fit_genre([song for song in find(songs) if TOO_FEW[message](song)], Told(heard.append))
    assert heard == []


def test_few_songs_are_learned_from_with_a_warning(mixassist, songs: Path, tmp_path: Path) -> None:
    outcome = mixassist("genre", "fit", songs, "-o", tmp_path / "own.json")
    assert outcome.code == 0
    assert f"few-songs: drone (4), hiss (4): with fewer than {FEW_SONGS} songs" in outcome.out


def test_a_song_that_cannot_be_used_is_left_out(mixassist, songs: Path, tmp_path: Path) -> None:
    (songs / "hiss" / "artist 0" / "text.wav").write_text("no sound in here")
    outcome = mixassist("genre", "fit", songs, "-o", tmp_path / "own.json", "--json")
    assert outcome.code == 2
    assert [line for line in outcome.error_lines if "text.wav" in line] == outcome.error_lines
    assert len(outcome.json["failures"]) == 1
    assert outcome.json["n_songs"] == {"drone": 4, "hiss": 4}
    assert load_genre_model(tmp_path / "own.json").card["n_songs"] == {"drone": 4, "hiss": 4}


@pytest.mark.parametrize("text", ["", "[]", '{"kind": "genre"}', '{"kind": "genre", "format_version": 1}'])
def test_files_that_are_no_models_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(ModelError):
        load_genre_model(path)
    with pytest.raises(ModelError, match="cannot be read"):
        load_genre_model(tmp_path / "missing.json")


def test_the_command_line_learns_and_tells(mixassist, songs: Path, tmp_path: Path) -> None:
    model = tmp_path / "own.json"
    fitted = mixassist("genre", "fit", songs, "-o", model, "--json")
    assert fitted.code == 0, fitted.err
    assert fitted.json["held_out"]["n_rows"] == 8
    told = mixassist("genre", "guess", songs / "drone", "--model", model, "--json")
    assert told.code == 0, told.err
    assert [song["name"] for song in told.json["songs"]] == ["drone"] * 4
    assert mixassist("genre", "fit", songs, "-o", model).code == 2
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"no audio")
    outcome = mixassist("genre", "guess", broken, songs / "drone" / "artist 0" / "0.wav", "--model", model)
    assert outcome.code == 2
    assert len(outcome.error_lines) == 1


def test_a_model_of_ones_own_is_used_everywhere(mixassist, songs: Path, tmp_path: Path) -> None:
    model, folder = tmp_path / "own.json", songs / "hiss" / "artist 0"
    save_genre_model(fit_genre(find(songs)), model)
    own = ("--genre-model", model, "--json")
    assert mixassist("inspect", folder / "0.wav", *own).json["songs"][0]["genre"]["name"] == "hiss"
    for what in ("master", "mix"):
        outcome = mixassist("suggest", what, folder / "0.wav", *own)
        assert outcome.code == 0, outcome.err
        assert outcome.json["genre"]["name"] == "hiss"  # no card is called so
        assert outcome.json["genre"]["probabilities"]["neutral"] > 0.5
    for command in (("inspect",), ("suggest", "master"), ("suggest", "mix")):
        outcome = mixassist(*command, folder / "0.wav", "--genre-model", tmp_path / "missing.json")
        assert outcome.code == 2
        assert "missing.json cannot be read" in outcome.error_lines[0]


@pytest.mark.parametrize(("rate", "n_channels", "message"), [(3000, 1, "3000 Hz is too low"), (8000, 6, "6 channels")])
def test_inspect_and_genre_refuse_alike_and_tell_it_in_json(mixassist, tmp_path, rate, n_channels, message) -> None:
    write_audio(tmp_path / "bad.wav", AudioBuffer(np.ones((n_channels, 3 * rate), dtype=np.float32), rate))
    for command in (("inspect",), ("genre", "guess")):
        outcome = mixassist(*command, tmp_path / "bad.wav", "--json")
        assert outcome.code == 2
        assert outcome.json["songs"] == []
        assert [failure["song"] for failure in outcome.json["failures"]] == [str(tmp_path / "bad.wav")]
        assert "bad.wav" in outcome.error_lines[0]
        assert message in outcome.json["failures"][0]["error"]


def test_a_model_is_never_written_over_a_song(mixassist, songs: Path) -> None:
    song = songs / "hiss" / "artist 0" / "0.wav"
    before = song.read_bytes()
    outcome = mixassist("genre", "fit", songs, "-o", song, "--force")
    assert outcome.code == 2
    assert "is what was given" in outcome.error_lines[0]
    assert song.read_bytes() == before


def test_the_shipped_model_says_what_it_is() -> None:
    card = load_genre_model().card
    assert {"source", "licence", "caveat", "limits", "held_out"} <= set(card)
    assert card["held_out"]["accuracy_when_answered"] > card["held_out"]["accuracy"]


def test_the_shipped_model_is_what_the_table_teaches(shared_data: Path) -> None:
    again = learn_genres(shared_data / "mixing" / "gtzan_features_30s.csv")
    shipped = load_genre_model()
    assert shipped.card == json.loads(json.dumps(again.card))
    assert np.allclose(shipped.classifier.weights, again.classifier.weights, atol=1e-3)


@pytest.mark.parametrize("song", ["vibe-ace.ogg", "lets-go-fishin.ogg", "outfoxing.mp3"])
def test_live_features_are_the_tables(shared_data: Path, song: str) -> None:
    """Each column is foretold from the others as it goes in the table; another definition would not fit in.

    The control gives a tenth power of ten to one definition at a time: dB as bels, energy for amplitude.
    """
    from mixassist.suggest.excerpts import read_excerpts

    table = gtzan_examples(read_gtzan(shared_data / "mixing" / "gtzan_features_30s.csv"))
    excerpt = read_excerpts(shared_data / "songs" / song, 30.0, 1, RATE_HZ)[0]
    live = table_features(excerpt)
    assert tuple(sorted(live)) == tuple(sorted(TABLE_COLUMNS))
    misfits = misfit(table.rows, np.array([level_free(live)[column] for column in GENRE_COLUMNS]))
    assert misfits.max() < 8, dict(zip(GENRE_COLUMNS, misfits.round(1), strict=True))
    for column, factor in (("spectral_centroid_mean", 2.0), ("rolloff_mean", 1.3), ("mfcc2_mean", 0.1), ("rms_var", 9)):
        wrong = level_free(live | {column: live[column] * factor})
        row = np.array([wrong[name] for name in GENRE_COLUMNS])
        assert misfit(table.rows, row).max() > misfits.max(), column


def misfit(rows: np.ndarray, row: np.ndarray) -> np.ndarray:
    """How many deviations each value [F] is from what the other columns foretell (the precision matrix of rows)."""
    center, scale = rows.mean(axis=0), rows.std(axis=0)
    precision = np.linalg.inv(np.cov(((rows - center) / scale).T) + 1e-3 * np.eye(len(row)))
    return np.abs(precision @ ((row - center) / scale)) / np.sqrt(np.diag(precision))
