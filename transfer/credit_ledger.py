"""`credits.toml`: the ledger beside recordings that says who made which of them and what they agreed to.

Conventions:
    `[[contributor]]` tables, each with the keys of `Contributor` and `files`: patterns of names below the folder of
    recordings, all of them where there is none. The first contributor whose pattern fits made a recording.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from mixassist.audio.atomic import atomic_path
from mixassist.errors import OptionError
from transfer.credits import CONSENTS, TEXTS, Contributor

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LEDGER = "credits.toml"
EVERYTHING = ("*",)
SPLIT_TOLERANCE = 0.05
"""Thirds in percent do not sum to 100."""

_TEMPLATE = """# Whose sound is this? A model that learns from it will name them, and so will every file it renders.
# One [[contributor]] for each person or band; copy the block for more, and fill in every line.

[[contributor]]
name = ""            # a person, a band, or an alias
role = ""            # such as "played the alto saxophone and recorded it"
source = ""          # where the recordings come from: an address, or words such as "my own sessions, 2026"
licence = ""         # such as "CC0-1.0", "CC-BY-4.0", or words and where to read them
consent = ["train"]  # what they agreed to: {consents}
split_percent = 100  # their part of proceeds; all together 100
# contact = ""
# files = ["*"]      # the recordings that are theirs, by patterns such as "anna/*"; all of them without this line
"""


@dataclass(frozen=True)
class Ledger:
    """Contributors, and the `patterns` of the recordings that each made; `text` is the file's, for a copy."""

    contributors: tuple[Contributor, ...]
    patterns: tuple[tuple[str, ...], ...]
    text: str

    def maker(self, recording: str) -> Contributor | None:
        """Who made the recording of this name (with `/` between folders); None where nobody is said to."""
        for contributor, patterns in zip(self.contributors, self.patterns, strict=True):
            if any(fnmatchcase(recording, pattern) for pattern in patterns):
                return contributor
        return None

    def require_makers(self, recordings: Sequence[str]) -> None:
        """Refuses recordings that nobody is said to have made.

        Raises:
            OptionError: when there is one.
        """
        orphans = [name for name in recordings if self.maker(name) is None]
        if orphans:
            raise OptionError(
                f"{orphans[0]} has no contributor ({len(orphans)} of {len(recordings)} recordings): add a pattern that"
                f" fits it to the files of one in {LEDGER}, or move it elsewhere"
            )


def read_ledger(path: Path) -> Ledger:
    """The ledger in `path`.

    Raises:
        OptionError: when it cannot be read, or leaves open what has to be known.
    """
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text).get("contributor", [])
    except OSError as error:
        raise OptionError(f"{path} cannot be read ({error.strerror}): name a ledger with --credits") from error
    except ValueError as error:
        raise OptionError(f"{path} is no TOML ({error}): mend the line") from error
    if not isinstance(tables, list) or not tables:
        raise OptionError(f"{path} has no [[contributor]]: say who made the recordings")
    rows = [_read_contributor(table, f"{path}: contributor {number}") for number, table in enumerate(tables, 1)]
    total = sum(contributor.split_percent for contributor, _ in rows)
    if abs(total - 100) > SPLIT_TOLERANCE:
        raise OptionError(f"{path}: the contributors' split_percent sum to {total:g}: make them 100")
    return Ledger(tuple(who for who, _ in rows), tuple(patterns for _, patterns in rows), text)


def write_template(path: Path) -> None:
    """Writes a ledger to fill in, where there is none.

    Raises:
        AudioError: when it cannot be written.
    """
    with atomic_path(path) as temporary:
        temporary.write_text(_TEMPLATE.format(consents=", ".join(CONSENTS)), encoding="utf-8")


def _read_contributor(table: Any, where: str) -> tuple[Contributor, tuple[str, ...]]:
    if not isinstance(table, dict):
        raise OptionError(f"{where} is no table: write [[contributor]] and its lines")
    for key in TEXTS:
        if not str(table.get(key, "")).strip():
            raise OptionError(f"{where} has no {key}: write it down")
    contributor = Contributor(
        **{key: str(table[key]).strip() for key in TEXTS},
        consent=_read_consent(table, where),
        split_percent=_read_split(table, where),
        contact=str(table.get("contact", "")),
    )
    return contributor, _read_texts(table.get("files", EVERYTHING), f"{where}: files")


def _read_consent(table: dict[str, Any], where: str) -> tuple[str, ...]:
    consent = _read_texts(table.get("consent", ()), f"{where}: consent")
    unknown = [scope for scope in consent if scope not in CONSENTS]
    if unknown:
        raise OptionError(f"{where} consents to {unknown[0]!r}: take of {', '.join(CONSENTS)}")
    if "train" not in consent:
        raise OptionError(f"{where} ({table['name']}) does not consent to train: ask, or leave the recordings out")
    return consent


def _read_split(table: dict[str, Any], where: str) -> float:
    split = table.get("split_percent")
    if isinstance(split, bool) or not isinstance(split, (int, float)) or not 0 <= split <= 100:
        raise OptionError(f"{where}: split_percent is {split!r}: write a number from 0 to 100")
    return float(split)


def _read_texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(text, str) for text in value):
        raise OptionError(f"{where} is {value!r}: write a list of texts")
    return tuple(value)
