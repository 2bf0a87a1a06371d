"""Which style cards stand for a guessed genre: a guess is only as good as what its model has heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from mixassist.errors import AudioError, Finding
from mixassist.suggest.advice import GenreUsed
from mixassist.suggest.genre import guess_genre
from mixassist.suggest.genre_model import GenreGuess, load_genre_model
from mixassist.suggest.style import StyleCard
from mixassist.suggest.style_files import NEUTRAL, blend_by_probability, find_style

UNSURE = "unsure"
STRANGER = "unlike any genre"
"""What the genre of a song is called that no genre of the model resembles."""


def guessed_style(guess: GenreGuess | None) -> tuple[StyleCard, GenreUsed]:
    """The card that a guess stands for, and what its genre is called.

    An unsure guess gives the blend of its genres all the same, for that is as wide as the doubt. A song unlike
    everything that was learned from gets the neutral card, and so does one that nobody could hear (None).
    """
    chances = card_chances(guess)
    if guess is None:
        name = NEUTRAL
    elif guess.is_stranger:
        name = STRANGER
    else:
        name = guess.name or UNSURE
    return blend_by_probability(chances), GenreUsed(name, chances)


def card_chances(guess: GenreGuess | None) -> Mapping[str, float]:
    """How much each style card counts; genres of one's own that no card is called by count as neutral."""
    if guess is None or guess.is_stranger:
        return {NEUTRAL: 1.0}
    chances: dict[str, float] = {}
    for genre, chance in guess.probabilities.items():
        card = find_style(genre) or NEUTRAL
        chances[card] = chances.get(card, 0.0) + chance
    return chances


def stranger_findings(guess: GenreGuess | None, cure: str) -> Iterator[Finding]:
    """`unlike-any-genre`: the song is held against what finished songs of any kind have in common."""
    if guess is not None and guess.is_stranger:
        yield Finding("unlike-any-genre", "info", f"{guess.why_unsure}: the neutral card counts; {cure}")


def style_of_song(path: Path, model: Path | None = None) -> tuple[StyleCard, GenreUsed]:
    """The card that a song in a file sounds like, by the shipped model of genres or by one's own.

    Raises:
        ModelError: when the model cannot be used.
    """
    learned = load_genre_model(model)
    try:
        guess = guess_genre(path, learned)
    except AudioError:  # too short or silent to tell; a file that cannot be read is refused when it is measured
        return guessed_style(None)
    return guessed_style(guess)
