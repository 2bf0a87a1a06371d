"""The instruments that are told apart, and what tracks of them are called (`data/instruments.toml`)."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from mixassist.suggest.learned_file import DATA

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

OTHER = "other"


@dataclass(frozen=True)
class Instrument:
    """An instrument, its family, its words in several languages, and MedleyDB's names for it."""

    name: str
    family: str
    words: tuple[str, ...]
    medleydb: tuple[str, ...]


def _read() -> dict[str, Instrument]:
    table = tomllib.loads((DATA / "instruments.toml").read_text(encoding="utf-8"))
    return {
        name: Instrument(name, fields["family"], tuple(fields["words"]), tuple(fields["medleydb"]))
        for name, fields in table.items()
    }


INSTRUMENTS: Mapping[str, Instrument] = _read()
"""By name."""

BY_MEDLEYDB: Mapping[str, str] = {word: each.name for each in INSTRUMENTS.values() for word in each.medleydb}
"""Our name for each of MedleyDB's."""
