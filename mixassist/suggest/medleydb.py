"""MedleyDB's metadata and mixing gains as songs to learn balance from (github.com/marl/medleydb, MIT).

Gains are of three kinds, and each song gives the best it has: set by hand for the mix ("manual", 138 songs), fitted to
the finished mix (version 1), or fitted to its energy within bounds ("audio"), where what lies on a bound is left out.
They are the faders over stems as they were delivered: without the stems' own loudness, which is not public.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from mixassist.suggest.instruments import BY_MEDLEYDB, OTHER

Floats = NDArray[np.float64]

GENRES = {
    "Rock": "rock",
    "Classical": "classical",
    "Pop": "pop",
    "Jazz": "jazz",
    "World/Folk": "folk",
    "Singer/Songwriter": "folk",
    "Electronic/Fusion": "electronic",
    "Musical Theatre": "pop",
    "Rap": "hiphop",
}
"""The style card nearest to each genre of MedleyDB."""

SILENT = 0.01
"""Gains below are mutes, or failures of the fit."""

BOUNDS = (0.505, 3.95)
"""Of the fits within bounds, 0.5 to 4: nearer than this is on a bound."""


@dataclass(frozen=True, eq=False)
class MixedSong:
    """A song's tracks: their instruments, and their gains [N] in dB re the song's mean; `kind` of gains as above."""

    name: str
    genre: str
    instruments: tuple[str, ...]
    gain_db: Floats
    kind: str


def read_medleydb(folder: Path) -> list[MixedSong]:
    """The songs with gains of at least two tracks."""
    first = _read(folder / "mixing_coefficients.yaml")
    second = _read(folder / "mixing_coefficients_version2.yaml")
    songs = []
    for name in sorted(second):
        metadata = _read(folder / "metadata" / f"{name}_METADATA.yaml")
        gains = [("manual", second[name].get("manual")), ("fitted", first.get(name)), ("audio", second[name]["audio"])]
        usable = ((kind, dict(_usable(kind, each or {}, metadata["stems"]))) for kind, each in gains)
        kind, chosen = next(((kind, each) for kind, each in usable if len(each) > 1), ("", {}))
        if chosen:
            gain_db = 20 * np.log10(list(chosen.values()))
            instruments = tuple(_instrument(metadata["stems"][stem]) for stem in chosen)
            songs.append(MixedSong(name, GENRES[metadata["genre"]], instruments, gain_db - gain_db.mean(), kind))
    return songs


def _usable(kind: str, gains: Mapping[int, float], stems: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Stems and the gains that can be believed."""
    low, high = BOUNDS if kind == "audio" else (SILENT, np.inf)
    for number, gain in gains.items():
        if low < gain < high and f"S{number:02d}" in stems:
            yield f"S{number:02d}", float(gain)


def _instrument(stem: Mapping[str, Any]) -> str:
    """Our name of a stem's instrument; of several, the first."""
    names = stem["instrument"]
    return BY_MEDLEYDB.get(names if isinstance(names, str) else names[0], OTHER)


def _read(path: Path) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # a safe loader, the fast one if there
