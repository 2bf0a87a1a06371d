"""What an embedded model learned from, in short: the sources of a training set with licence, credit and seconds.

Task:
    The manifest of a set becomes the credits of a `ModelCard`, the licence of the weights and how much material there
    is.
Conventions:
    A source's seconds are those of the made songs it plays in, and those of its own recordings that are learned from
    directly. Sources that were heard in neither are left out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from separation.songs import RATE, StoredSong
from separation.training_set.manifest import read_manifest

KEPT = ("name", "kind", "licence", "credit", "url", "package_version", "sha256")
"""What is kept of a manifest's row."""

Credit = dict[str, Any]


def read_credits(folder: Path, held_out: Sequence[str]) -> list[Credit]:
    """The sources heard in the set at `folder`, `held_out` songs apart: who made them, their licence and seconds."""
    manifest = read_manifest(folder)
    own = _seconds_of_songs(folder, manifest, held_out) | _seconds_of_voices(folder, manifest)
    rows = []
    for source in manifest["sources"]:
        heard = {
            "seconds_in_made_songs": source["seconds_in_made_songs"],
            "seconds_of_its_own": round(own.get(source["name"], 0.0), 1),
        }
        if any(heard.values()):
            rows.append({key: source[key] for key in KEPT if source.get(key)} | heard)
    return rows


def count_material(folder: Path, held_out: Sequence[str]) -> dict[str, Any]:
    """How much there is to learn from in the set at `folder`: minutes recorded, sung and made, made songs by genre."""
    manifest = read_manifest(folder)
    genres = Counter(facts["genre"] for name, facts in manifest["made_songs"].items() if name not in held_out)
    share = genres.total() / max(len(manifest["made_songs"]), 1)
    return {
        "recorded_minutes": _minutes(_seconds_of_songs(folder, manifest, held_out)),
        "voice_minutes": _minutes(_seconds_of_voices(folder, manifest)),
        "made_minutes": round(manifest["made_minutes"] * share, 1),
        "made_songs": dict(sorted(genres.items())),
    }


def genres_of(folder: Path) -> Mapping[str, str]:
    """Genre of each made song of the set at `folder`, by name."""
    return {name: facts["genre"] for name, facts in read_manifest(folder)["made_songs"].items()}


def weights_licence(sources: Sequence[Credit]) -> str:
    """The licence of the weights, and those of the recordings they learned from."""
    licences = sorted({row["licence"].split(" (")[0] for row in sources})
    return f"MIT (weights); learned from recordings under {', '.join(licences)}, see credits"


def _minutes(seconds: Mapping[str, float]) -> float:
    return round(sum(seconds.values()) / 60, 1)


def _seconds_of_songs(folder: Path, manifest: Mapping[str, Any], held_out: Sequence[str]) -> dict[str, float]:
    """By source, how long its recorded songs are that are learned from."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for name, source in manifest["recorded_songs"].items():
        if name not in held_out and (folder / "songs" / name).is_dir():
            seconds[source] += max(StoredSong(folder / "songs" / name).lengths.values()) / RATE
    return seconds


def _seconds_of_voices(folder: Path, manifest: Mapping[str, Any]) -> dict[str, float]:
    """By source, how long its loose voices are; the manifest lists their prefixes in the order of the sources."""
    sources = [source["name"] for source in manifest["sources"] if source["kind"] == "voices"]
    seconds: defaultdict[str, float] = defaultdict(float)
    for source, prefix in zip(sources, manifest["voices"], strict=True):
        for path in (folder / "voices").glob(f"{prefix}*.npy"):
            seconds[source] += np.load(path, mmap_mode="r").shape[1] / RATE
    return seconds
