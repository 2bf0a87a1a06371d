"""Genres learned from a folder of one's own songs, tried on artists that were left out of learning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mixassist.errors import AudioError, Finding, OptionError
from mixassist.suggest.features import GENRE_COLUMNS
from mixassist.suggest.genre import genre_features
from mixassist.suggest.genre_model import SURE, GenreModel
from mixassist.suggest.learning import Examples, HeldOut, fit_classifier

FEW_SONGS = 10
"""Of so many songs the share told right deviates by 16 % from chance alone: sqrt(0.5 · 0.5 / 10)."""


@dataclass(frozen=True)
class LabelledSong:
    """A song to learn from; songs of one `group` (artist) never stand on both sides of a trial."""

    path: Path
    genre: str
    group: str


def find_labelled_songs(songs: Sequence[Path], folder: Path) -> list[LabelledSong]:
    """Songs labelled by their place: FOLDER/genre/song, or FOLDER/genre/artist/…/song.

    An artist is the same whatever the folder's case, and under every genre: one heard as rock helps to tell the same
    one as pop. A song that lies in no artist's folder is a group of its own.

    Raises:
        OptionError: when no song lies in a genre's folder.
    """
    labelled = []
    for song in songs:
        genre, *places = song.relative_to(folder).parts
        if places:
            group = places[0].casefold() if len(places) > 1 else "/".join((genre, song.name))
            labelled.append(LabelledSong(song, genre.casefold(), group))
    if not labelled:
        raise OptionError(f"{folder} has no folders with songs: lay them out as GENRE/song or GENRE/ARTIST/song")
    return labelled


@dataclass(frozen=True)
class Told:
    """Who is told how learning goes on: of each song that was heard, and of each that cannot be used."""

    heard: Callable[[LabelledSong], None] = lambda song: None
    failed: Callable[[LabelledSong, AudioError], None] = lambda song, error: None


def fit_genre(songs: Sequence[LabelledSong], told: Told | None = None) -> GenreModel:
    """A genre model of one's own songs; its card says what it did on artists it had not heard.

    Songs that cannot be used are left out.

    Raises:
        OptionError: for fewer than two genres, or a genre with one song or one artist; before any song is heard where
            that can be seen.
    """
    told = told or Told()
    require_enough(songs)
    rows, heard, labels, groups = [], [], [], []
    for song in songs:
        try:
            pieces = genre_features(song.path)
        except AudioError as error:
            told.failed(song, error)
            continue
        rows += [[features[column] for column in GENRE_COLUMNS] for features in pieces]
        labels += [song.genre] * len(pieces)
        groups += [song.group] * len(pieces)
        heard.append(song)
        told.heard(song)
    require_enough(heard)
    classifier, held_out = fit_classifier(Examples(GENRE_COLUMNS, np.array(rows), labels, groups), SURE, is_curved=True)
    return GenreModel(classifier, _own_card(heard, held_out))


def require_enough(songs: Sequence[LabelledSong]) -> None:
    """Returns where there is something to tell apart, and somebody to try it on.

    Raises:
        OptionError: for fewer than two genres, or a genre with one song or one artist.
    """
    counts = _counts(songs)
    if len(counts) < 2:
        found = ", ".join(counts) or "none"
        raise OptionError(f"genres with songs that can be used: {found}; give a folder for each of two or more")
    for genre, n_songs in counts.items():
        if n_songs == 1:
            raise OptionError(f"{genre!r} has a single song: give two or more, for each is left out once for a trial")
        if len({song.group for song in songs if song.genre == genre}) == 1:
            raise OptionError(f"all {n_songs} songs of {genre!r} lie in one artist's folder: give a second artist's")


def few_songs(n_songs: dict[str, int]) -> Finding | None:
    """`few-songs`: genres of so few songs that the figures on what was held out are mostly luck."""
    few = [f"{genre} ({n})" for genre, n in n_songs.items() if n < FEW_SONGS]
    if not few:
        return None
    return Finding("few-songs", "warning", f"{', '.join(few)}: with fewer than {FEW_SONGS} songs it is mostly luck")


def _counts(songs: Sequence[LabelledSong]) -> dict[str, int]:
    """Songs per genre, in the order of the alphabet."""
    genres = [song.genre for song in songs]
    return {genre: genres.count(genre) for genre in sorted(set(genres))}


def _own_card(songs: Sequence[LabelledSong], held_out: HeldOut) -> dict[str, object]:
    n_songs = _counts(songs)
    few = few_songs(n_songs)
    return {
        "source": "the user's own songs",
        "n_songs": n_songs,
        "held_out": asdict(held_out),
        "caveat": "Held-out figures count pieces of 30 s whose artist's folder was left out of learning; where songs "
        "lie in no artist's folder, only the song was left out, and the figures flatter.",
        "findings": [few.to_dict()] if few else [],
    }
