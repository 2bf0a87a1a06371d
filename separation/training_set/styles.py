"""Genres: what may be drawn for a song of each, read from separation/data/training_set/genres.toml."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

GENRES = Path(__file__).parent.parent / "data" / "training_set" / "genres.toml"
DRUMS = ("kick", "snare", "stick", "clap", "hat", "ride", "conga")
STRENGTHS = {"X": 1.0, "x": 0.8, "o": 0.6, "g": 0.38}


@dataclass(frozen=True)
class Player:
    """An instrument's programs (General MIDI, from 0) and how it plays; levels in dB within its stem."""

    name: str
    stem: str
    programs: tuple[int, ...]
    pitch: str
    centre: int
    chain: str
    level_db: float = 0.0
    is_doubled: bool = False


@dataclass(frozen=True)
class Style:
    """What a genre's songs are drawn from; `balance` are dB of drums, bass, other and vocals."""

    name: str
    bpm: tuple[float, float]
    swing: tuple[float, float]
    is_swing_of_eighths: bool
    n_beats: tuple[int, ...]
    modes: tuple[str, ...]
    chords: tuple[tuple[int, ...], ...]
    drums: dict[str, tuple[str, ...]]
    kits: tuple[str, ...]
    parts: dict[str, float]
    rhythms: dict[str, tuple[str, ...]]
    balance: tuple[float, ...]


@cache
def read_styles() -> dict[str, Style]:
    """Styles by name of genre."""
    table = _table()
    return {name: _style(name, genre, table["rhythms"]) for name, genre in table["genres"].items()}


@cache
def read_players() -> dict[str, Player]:
    players = _table()["players"]
    return {name: Player(name, **player | {"programs": tuple(player["programs"])}) for name, player in players.items()}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(GENRES.read_text(encoding="utf-8"))


def _style(name: str, genre: dict[str, Any], rhythms: dict[str, list[str]]) -> Style:
    lines = {part: tuple(line for key in keys for line in rhythms[key]) for part, keys in genre["rhythms"].items()}
    low, high = genre["bpm"]
    least, most = genre.get("swing", [0.0, 0.0])
    return Style(
        name=name,
        bpm=(low, high),
        swing=(least, most),
        is_swing_of_eighths=genre.get("is_swing_of_eighths", False),
        n_beats=tuple(genre.get("n_beats", [4])),
        modes=tuple(genre["modes"]),
        chords=tuple(tuple(int(degree) - 1 for degree in line.split()) for line in genre["chords"]),
        drums={drum: tuple(genre[drum]) for drum in DRUMS if drum in genre},
        kits=tuple(genre["kits"]),
        parts=genre["parts"],
        rhythms=lines,
        balance=tuple(genre["balance"]),
    )
