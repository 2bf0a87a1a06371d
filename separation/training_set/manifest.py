"""The manifest of a training set: every source with licence and credit, every song with what it is made of."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mixassist.errors import OptionError
from separation.songs import MADE, RATE
from separation.training_set.sources import Source, of_kind

MANIFEST = "manifest.json"
FACTS = "song.json"


def write_manifest(folder: Path, sources: Sequence[Source], held_out: Sequence[str], seconds: float) -> None:
    """Every source with licence, credit, version, digest and seconds; every made song of `seconds` with its facts."""
    files = sorted((folder / "songs").glob(f"{MADE}*/{FACTS}"))
    songs = {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in files}
    used: Counter[str] = Counter()
    for facts in songs.values():
        for name, value in facts["sources"].items():
            used[name.split("/")[0]] += value
    rows = [source.to_dict() | {"seconds_in_made_songs": round(used[source.name], 1)} for source in sources]
    manifest = {
        "format": 1,
        "rate": RATE,
        "held_out": list(held_out),
        "sources": rows,
        "recorded_songs": {name: source.name for source in of_kind(sources, "songs") for name in source.folders},
        "voices": [f"{source.path.name}-" for source in of_kind(sources, "voices")],
        "made_minutes": round(len(songs) * seconds / 60, 1),
        "made_songs": songs,
    }
    partial = folder / f"{MANIFEST}.partial"
    partial.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    partial.rename(folder / MANIFEST)


def is_set(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def read_manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return manifest


def refuse_unknown_songs(folder: Path, held_out: str) -> None:
    """Makes sure that all recordings of a set have a licence and a credit, and that none is of the song held out.

    Raises:
        OptionError: when one has not, or when made songs borrow from the song held out.
    """
    manifest = read_manifest(folder)
    if held_out not in manifest["held_out"]:
        raise OptionError(
            f"made songs of {folder} borrow no voice of {', '.join(manifest['held_out'])}, maybe one of {held_out}: "
            f"build the set with --hold-out {held_out}"
        )
    nameless = [row["name"] for row in manifest["sources"] if not (row.get("licence") and row.get("credit"))]
    known = set(manifest["recorded_songs"]) | set(manifest["made_songs"])
    nameless += sorted(path.name for path in (folder / "songs").iterdir() if path.name not in known)
    voices = tuple(manifest["voices"])
    nameless += sorted(path.name for path in (folder / "voices").glob("*.npy") if not path.name.startswith(voices))
    if nameless:
        raise OptionError(
            f"{folder / MANIFEST} gives no licence and credit for {nameless[0]} ({len(nameless)} such): "
            f"take it out of the set, or build the set with --sources FILE that names it"
        )
