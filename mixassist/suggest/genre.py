"""Genres of songs: guessed by a model, and learned from a folder of one's own songs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from mixassist.audio.files import open_audio
from mixassist.errors import AudioError, OptionError
from mixassist.suggest.features import GENRE_COLUMNS, MIN_S, level_free, piece_features
from mixassist.suggest.genre_model import SURE, GenreGuess, GenreModel, load_genre_model
from mixassist.suggest.learning import Examples, HeldOut, fit_classifier
from mixassist.suggest.pieces import MonoPiece, song_pieces


@dataclass(frozen=True)
class LabelledSong:
    """A song to learn from; songs of one `group` (artist) never stand on both sides of a trial."""

    path: Path
    genre: str
    group: str


class GenreEar:
    """Hears a song piece by piece; pieces that are silent or too short to tell anything are passed over.

    Attributes:
        features: level-free features of each piece that was heard.
    """

    def __init__(self) -> None:
        self.features: list[dict[str, float]] = []
        self.longest_s = 0.0

    def hear(self, piece: MonoPiece) -> None:
        """Takes the next piece; a rest much shorter than what came before is a fade, and no excerpt."""
        if not piece.samples.any() or piece.seconds < max(MIN_S, self.longest_s / 2):
            return
        self.longest_s = max(self.longest_s, piece.seconds)
        self.features.append(level_free(piece_features(piece)))

    def tell(self, model: GenreModel | None = None) -> GenreGuess | None:
        """What the song sounds like; None where nothing could be heard."""
        return (model or load_genre_model()).guess(self.features) if self.features else None


def genre_features(path: Path) -> list[dict[str, float]]:
    """The level-free features of a song's pieces of 30 s.

    Raises:
        AudioError: when the file cannot be read, is silent, or shorter than a second.
    """
    ear, seconds = GenreEar(), 0.0
    with open_audio(path) as source:
        for piece in song_pieces(source.blocks, source.info.rate):
            ear.hear(piece)
            seconds += piece.seconds
    if not ear.features and seconds < MIN_S:
        raise AudioError(f"{path} is {seconds:.2f} s short: give at least {MIN_S:g} s")
    if not ear.features:
        raise AudioError(f"{path} is silent: give a song with sound")
    return ear.features


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
    classifier, held_out = fit_classifier(Examples(GENRE_COLUMNS, np.array(rows), labels, groups), SURE, is_curved=True)
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
