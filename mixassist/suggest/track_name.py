"""What a track's file name says about its instrument, and of which side of what it is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from mixassist.suggest.instruments import INSTRUMENTS

N_LETTERS_INSIDE = 5
"""A word of so many letters counts inside a longer one (Leadgesang); shorter ones must stand alone (sn, bd, oh)."""


SIDES = {
    "left": ("l", "left", "li", "links", "gauche", "izquierda", "izq", "sinistra", "esquerda", "лев"),
    "right": ("r", "right", "re", "rechts", "droite", "derecha", "dcha", "destra", "direita", "прав"),
}
SIGNS = {"左": "left", "右": "right"}
"""What needs no space before it."""


def side_in_name(path: str | Path) -> tuple[str, str] | None:
    """What a track is a side of, and `left` or `right`, where its last word but numbers says so: `01 OH L` and `OH_R`.

    A number before the name is a track's and counts for nothing; those after it do: `Gtr L 2` goes with `Gtr R 2`.
    """
    found = _sided().fullmatch(_plain_words(Path(path).stem))
    if not found:
        return None
    what, word, sign, numbers = found.groups()
    side = SIGNS[sign] if sign else next(side for side, words in SIDES.items() if word in words)
    return what + numbers, side


@lru_cache(maxsize=1)
def _sided() -> re.Pattern[str]:
    """What, the word or the sign for its side, and numbers."""
    words = "|".join(word for words in SIDES.values() for word in words)
    return re.compile(rf"(?:\d+ )?(\S|\S.*\S)(?: ({words})| ?([{''.join(SIGNS)}]))((?: ?\d+)*)")


def instrument_in_name(path: str | Path) -> tuple[str, str] | None:
    """The instrument and the word it was known by; the longest word wins, of equals the last: `Bass Drum 2` is a kick.

    None where no word is known, or only a folder would say.
    """
    text = _plain_words(Path(path).stem)
    found = [(len(word), position, word) for word in _words() for position in _positions(word, text)]
    if not found:
        return None
    word = max(found)[2]
    return _words()[word], word


@lru_cache(maxsize=1)
def _words() -> Mapping[str, str]:
    """Every plain word and the instrument it means."""
    return {_plain_words(word): each.name for each in INSTRUMENTS.values() for word in each.words}


def _positions(word: str, text: str) -> Iterator[int]:
    """Where the word stands in the text."""
    is_inside = len(word) >= N_LETTERS_INSIDE or not word.isascii()
    pattern = re.escape(word) if is_inside else rf"(?<!\w){re.escape(word)}(?!\w)"
    yield from (match.start() for match in re.finditer(pattern, text))


def _plain_words(name: str) -> str:
    """Lower-case words without accents, apart by single spaces; numbers and CamelCase are words of their own."""
    name = re.sub(r"(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])", " ", unicodedata.normalize("NFC", name))
    latin = unicodedata.normalize("NFKD", name.replace("ß", "ss"))
    letters = "".join(each for each in latin if not "\u0300" <= each <= "\u036f").casefold()
    spaced = re.sub(r"(?<=[a-z])(?=\d)|(?<=\d)(?=[a-z])", " ", unicodedata.normalize("NFC", letters))
    return " ".join(re.sub(r"[\W_]+", " ", spaced).split())
