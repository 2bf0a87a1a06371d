"""Sources of made songs: what they are, who made them, and under which licence.

Conventions:
    Sources are listed in a TOML file of `[[source]]` tables, ours being separation/data/training_set/sources.toml.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from shutil import which
from typing import Any

from mixassist.errors import OptionError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OURS = Path(__file__).parent.parent / "data" / "training_set" / "sources.toml"
KINDS = ("soundfont", "drumkit", "songs", "voices", "cabinets", "rooms")
FREE = ("MIT", "CC0-1.0", "CC BY ", "CMU (", "public domain", "GPL-2.0-or-later with composition exception")
"""How licences begin that allow shipping what was learned; CMU's asks for its notice alone, and the exception frees
compositions from the GPL."""
UNFREE = ("CC BY-", "CC BY NC", "CC BY ND", "CC BY SA")

Groups = dict[str, list[list[str]]]


@dataclass(frozen=True)
class Source:
    """One SoundFont, drum kit, program that speaks, or folder of recordings.

    `hits` maps drums to groups of files, softest first; `folders` are songs, or the voices of a program.
    """

    name: str
    kind: str
    path: Path
    licence: str
    credit: str
    url: str = ""
    package: str = ""
    folders: tuple[str, ...] = ()
    hits: Groups = field(default_factory=dict)

    @property
    def is_program(self) -> bool:
        """Voices may be a program that speaks."""
        return self.kind == "voices" and self.path.is_file()

    def is_present(self) -> bool:
        return self.path.exists()

    def to_dict(self) -> dict[str, Any]:
        """What the manifest says of a source; its sha256 covers names and contents of all its files."""
        facts = {key: value for key, value in asdict(self).items() if key not in ("path", "hits", "folders") and value}
        return facts | {"package_version": package_version(self.package)} | {"sha256": sha256_of(self)}


def read_sources(data: Path, file: Path = OURS) -> list[Source]:
    """The sources of a TOML file that are at hand; relative paths start at `data`.

    Raises:
        OptionError: when a source has no licence or no credit, when its licence does not allow to ship what was
            learned, or when `data` holds songs or voices that no source names.
    """
    tables = tomllib.loads(file.read_text(encoding="utf-8")).get("source", [])
    sources = [_read_source(table, data, file) for table in tables]
    _refuse_strangers(data / "train", {name for source in sources for name in source.folders})
    _refuse_strangers(data / "voices", {source.path.name for source in sources if source.kind == "voices"})
    return [source for source in sources if source.is_present()]


def _read_source(table: dict[str, Any], data: Path, file: Path) -> Source:
    name = str(table.get("name", "without a name"))
    for key in ("kind", "path", "licence", "credit"):
        if not str(table.get(key, "")).strip():
            raise OptionError(f"{file.name}: source {name} has no {key}: write its {key} down or leave it out")
    if not table["licence"].startswith(FREE) or table["licence"].startswith(UNFREE):
        raise OptionError(
            f"{file.name}: source {name} has the licence {table['licence']!r}, which does not allow to ship what is "
            f"learned from it: take sources under MIT, CC0-1.0 or CC BY"
        )
    if table["kind"] not in KINDS:
        raise OptionError(f"{file.name}: source {name} is of kind {table['kind']!r}: take one of {', '.join(KINDS)}")
    texts = {key: str(table[key]) for key in ("name", "kind", "licence", "credit", "url", "package") if key in table}
    return Source(
        **texts, path=data / table["path"], folders=tuple(table.get("folders", ())), hits=dict(table.get("hits", {}))
    )


def _refuse_strangers(folder: Path, known: set[str]) -> None:
    strangers = sorted(path.name for path in folder.iterdir() if path.name not in known) if folder.is_dir() else []
    if strangers:
        raise OptionError(
            f"{folder / strangers[0]} has no licence and no credit ({len(strangers)} such): name it in a file of "
            f"sources and pass --sources FILE"
        )


def of_kind(sources: Sequence[Source], kind: str) -> list[Source]:
    return [source for source in sources if source.kind == kind]


def package_version(package: str) -> str:
    """Version of an installed Debian package; empty where there is none."""
    query = which("dpkg-query")
    if not package or query is None:
        return ""
    asked = subprocess.run(
        [query, "-W", "-f", "${Version}", package], capture_output=True, text=True, check=False, timeout=30
    )
    return asked.stdout.strip()


def sha256_of(source: Source) -> str:
    """Digest of the file, or of the names and digests of the files used from a folder."""
    if source.path.is_file():
        return _digest(source.path)
    used = [source.path / name for groups in source.hits.values() for group in groups for name in group]
    used += [path for name in source.folders for path in (source.path / name).rglob("*")]
    files = used or list(source.path.rglob("*"))
    lines = [f"{path.relative_to(source.path)} {_digest(path)}\n" for path in sorted(set(files)) if path.is_file()]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
