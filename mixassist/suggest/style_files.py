"""Style cards in TOML: `data/styles/*.toml` beside `sources.toml` and the learned `tone.toml`.

A card names its `title`, its `aliases`, the `tone` it has and, in sections, values `{value, spread, source}`. What it
does not say, it takes from `neutral`.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from mixassist.errors import ModelError, OptionError
from mixassist.suggest.learned_file import DATA
from mixassist.suggest.style import SECTIONS, Source, StyleCard, ToneCurve, Value, blend_styles

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

STYLES = DATA / "styles"
NEUTRAL = "neutral"


def style_names() -> tuple[str, ...]:
    """The names of the shipped cards, neutral first."""
    names = sorted(path.stem for path in STYLES.glob("*.toml"))
    return (NEUTRAL, *(name for name in names if name != NEUTRAL))


def load_style(name: str) -> StyleCard:
    """The card of a genre, by its name or one of its aliases, whatever their case.

    Raises:
        OptionError: when nobody knows it; the nearest names are suggested.
    """
    found = find_style(name)
    if found is None:
        known = _names_of_all()
        near = difflib.get_close_matches(_plain(name), known, n=1, cutoff=0.6)
        hint = f"did you mean {known[near[0]]}? " if near else ""
        raise OptionError(f"no style is called {name!r}: {hint}there are {', '.join(style_names())}")
    return read_style(STYLES / f"{found}.toml")


def find_style(name: str) -> str | None:
    """The name of the card that a genre or one of its aliases means, whatever their case; None where there is none."""
    return _names_of_all().get(_plain(name))


def blend_by_probability(probabilities: Mapping[str, float]) -> StyleCard:
    """The blend of the cards of these genres, such as a genre guess gives.

    Raises:
        OptionError: for an unknown genre, or probabilities that are all zero.
    """
    return blend_styles([load_style(name) for name in probabilities], list(probabilities.values()))


@lru_cache(maxsize=64)
def read_style(path: Path) -> StyleCard:
    """The card in a file, with what it leaves out taken from `neutral`.

    Raises:
        ModelError: when the file cannot be read, or a value lacks a part or names no known source.
    """
    data = _read_toml(path)
    try:
        return _card(path.stem, data)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(f"{path} is no style card ({type(error).__name__}: {error})") from error


def _card(name: str, data: Mapping[str, Any]) -> StyleCard:
    unknown = set(data) - {"title", "aliases", "tone", *SECTIONS}
    if unknown:
        raise ValueError(f"unknown sections {sorted(unknown)}")
    default = read_style(STYLES / f"{NEUTRAL}.toml") if name != NEUTRAL else None
    sections: dict[str, Any] = {}
    for section in SECTIONS:
        own = {key: _value(value) for key, value in data.get(section, {}).items()}
        sections[section] = {**(getattr(default, section) if default else {}), **own}
    return StyleCard(
        name=name,
        title=str(data["title"]),
        tone=_tone(str(data.get("tone", NEUTRAL))),
        aliases=tuple(data.get("aliases", ())),
        **sections,
    )


def _value(data: Mapping[str, Any]) -> Value:
    if set(data) != {"value", "spread", "source"} or not data["spread"] > 0:
        raise ValueError(f"{dict(data)} must have a value, a spread above 0 and a source")
    return Value(float(data["value"]), float(data["spread"]), (_sources()[data["source"]],))


def _tone(name: str) -> ToneCurve:
    data = _read_toml(DATA / "tone.toml")
    bands, curve = data["bands_hz"], data["tones"][name]
    sources = tuple(_sources()[source] for source in data["sources"])
    ways = tuple(map(tuple, curve["ways_db"]))
    return ToneCurve(tuple(bands), tuple(curve["level_db"]), tuple(curve["spread_db"]), sources, ways)


@lru_cache(maxsize=1)
def _sources() -> Mapping[str, Source]:
    return {name: Source(name, **fields) for name, fields in _read_toml(DATA / "sources.toml").items()}


@lru_cache(maxsize=1)
def _names_of_all() -> Mapping[str, str]:
    """Every name and alias in plain letters, and the card it means."""
    cards = [read_style(STYLES / f"{name}.toml") for name in style_names()]
    return {_plain(word): card.name for card in cards for word in (card.name, *card.aliases)}


def _plain(name: str) -> str:
    """Letters and digits alone: Hip-Hop, hip hop and hiphop are one."""
    return "".join(letter for letter in name.casefold() if letter.isalnum())


@lru_cache(maxsize=8)
def _read_toml(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): install mixassist again") from error
    except tomllib.TOMLDecodeError as error:
        raise ModelError(f"{path} is no TOML: {error}") from error
