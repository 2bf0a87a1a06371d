"""Genres of songs, guessed by a model from the pieces a song is heard in."""

from __future__ import annotations

from pathlib import Path

from mixassist.audio.files import open_audio
from mixassist.errors import AudioError
from mixassist.suggest.features import MIN_S, level_free, piece_features
from mixassist.suggest.genre_model import GenreGuess, GenreModel, load_genre_model
from mixassist.suggest.pieces import MonoPiece, song_pieces
from mixassist.suggest.song_file import require_song


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
        AudioError: when the file cannot be read, is no mono or stereo song, is silent, or shorter than a second.
    """
    ear, seconds = GenreEar(), 0.0
    with open_audio(path) as source:
        require_song(source.info)
        for piece in song_pieces(source.blocks, source.info.rate):
            ear.hear(piece)
            seconds += piece.seconds
    if not ear.features and seconds < MIN_S:
        raise AudioError(f"{path} is {seconds:.3g} s short: give at least {MIN_S:g} s")
    if not ear.features:
        raise AudioError(f"{path} is silent: give a song with sound")
    return ear.features


def guess_genre(path: str | Path, model: GenreModel | None = None) -> GenreGuess:
    """What a song sounds like, with probabilities, or no name where the model is not sure.

    Raises:
        AudioError: when the song cannot be used.
    """
    return (model or load_genre_model()).guess(genre_features(Path(path)))
