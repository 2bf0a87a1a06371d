"""Genres: what may be drawn for a song of each, read from genres.toml and modern.toml beside our other data."""

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

DATA = Path(__file__).parent.parent / "data" / "training_set"
DRUMS = ("kick", "snare", "stick", "clap", "hat", "ride", "conga")
STRENGTHS = {"X": 1.0, "x": 0.8, "o": 0.6, "g": 0.38}


@dataclass(frozen=True)
class Player:
    """An instrument's programs (General MIDI, from 0) or its patch, and how it plays; levels in dB within its stem."""

    name: str
    stem: str
    pitch: str
    centre: int
    chain: str
    programs: tuple[int, ...] = (0,)
    patch: str = ""
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
    players: dict[str, Player]
    pump: float = 0.0
    rap: float = 0.0
    roll: float = 0.0


@cache
def read_styles(with_modern: bool = False) -> dict[str, Style]:
    """Styles by name of genre; those played on synthesizers and drum machines come after the others."""
    names = ("genres.toml", "modern.toml") if with_modern else ("genres.toml",)
    tables = [tomllib.loads((DATA / name).read_text(encoding="utf-8")) for name in names]
    players: dict[str, Player] = {}
    rhythms: dict[str, list[str]] = {}
    styles: dict[str, Style] = {}
    for table in tables:
        players = players | {name: _player(name, player) for name, player in table["players"].items()}
        rhythms = rhythms | table["rhythms"]
        styles |= {name: _style(name, genre, rhythms, players) for name, genre in table["genres"].items()}
    return styles


def _player(name: str, player: dict[str, Any]) -> Player:
    return Player(name, **player | {"programs": tuple(player.get("programs", (0,)))})


def _style(name: str, genre: dict[str, Any], rhythms: dict[str, list[str]], players: dict[str, Player]) -> Style:
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
        players=players,
        **{key: float(genre[key]) for key in ("pump", "rap", "roll") if key in genre},
    )
