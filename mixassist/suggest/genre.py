"""Genres of songs: guessed by a model, and learned from a folder of one's own songs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mixassist.errors import AudioError, OptionError
from mixassist.suggest.excerpts import read_excerpts
from mixassist.suggest.features import GENRE_COLUMNS, MIN_S, RATE_HZ, level_free, table_features
from mixassist.suggest.genre_model import SURE, GenreGuess, GenreModel, load_genre_model
from mixassist.suggest.learning import Examples, HeldOut, fit_classifier

EXCERPT_S = 30.0
"""As in the collection the shipped model learned from."""

N_EXCERPTS = 3


@dataclass(frozen=True)
class LabelledSong:
    """A song to learn from; songs of one `group` (artist) never stand on both sides of a trial."""

    path: Path
    genre: str
    group: str


def genre_features(path: Path) -> list[dict[str, float]]:
    """The level-free features of up to `N_EXCERPTS` pieces of a song; silent pieces are left out.

    Raises:
        AudioError: when the file cannot be read, is silent, or shorter than a second.
    """
    excerpts = read_excerpts(path, EXCERPT_S, N_EXCERPTS, RATE_HZ)
    heard = [excerpt for excerpt in excerpts if np.any(excerpt)]
    if not heard:
        raise AudioError(f"{path} is silent: give a song with sound")
    if len(heard[0]) < MIN_S * RATE_HZ:
        raise AudioError(f"{path} is {len(heard[0]) / RATE_HZ:.2f} s short: give at least {MIN_S:g} s")
    return [level_free(table_features(excerpt)) for excerpt in heard]


def guess_genre(path: str | Path, model: GenreModel | None = None) -> GenreGuess:
    """What a song sounds like, with probabilities, or no name where the model is not sure.

    Raises:
        AudioError: when the song cannot be used.
    """
    return (model or load_genre_model()).guess(genre_features(Path(path)))


def find_labelled_songs(songs: Sequence[Path], folder: Path) -> list[LabelledSong]:
    """Songs labelled by their place: FOLDER/genre/song, or FOLDER/genre/artist/…/song.

    A song that lies in no artist's folder is a group of its own.

    Raises:
        OptionError: when no song lies in a genre's folder.
    """
    labelled = []
    for song in songs:
        genre, *places = song.relative_to(folder).parts
        if places:
            group = "/".join((genre, places[0] if len(places) > 1 else song.name))
            labelled.append(LabelledSong(song, genre.lower(), group))
    if not labelled:
        raise OptionError(f"{folder} has no folders with songs: lay them out as GENRE/song or GENRE/ARTIST/song")
    return labelled


def fit_genre(songs: Sequence[LabelledSong], on_song: Callable[[LabelledSong], None] | None = None) -> GenreModel:
    """A genre model of one's own songs; its card says what it did on artists it had not heard.

    Raises:
        AudioError: when a song cannot be used.
        OptionError: for fewer than two genres, or a genre with one song or one artist.
    """
    rows, labels, groups = [], [], []
    for song in songs:
        for features in genre_features(song.path):
            rows.append([features[column] for column in GENRE_COLUMNS])
            labels.append(song.genre)
            groups.append(song.group)
        if on_song:
            on_song(song)
    classifier, held_out = fit_classifier(Examples(GENRE_COLUMNS, np.array(rows), labels, groups), SURE)
    return GenreModel(classifier, _own_card(songs, held_out))


def _own_card(songs: Sequence[LabelledSong], held_out: HeldOut) -> dict[str, object]:
    genres = sorted({song.genre for song in songs})
    return {
        "source": "the user's own songs",
        "n_songs": {genre: sum(song.genre == genre for song in songs) for genre in genres},
        "held_out": asdict(held_out),
        "caveat": "Held-out figures count excerpts whose artist's folder was left out of learning; where songs lie in "
        "no artist's folder, only the song was left out, and the figures flatter.",
    }
