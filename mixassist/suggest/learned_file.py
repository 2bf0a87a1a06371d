"""The file of whatever was learned: JSON with a card and plain numbers, one key per line so that a diff can be read.

format_version, kind   what reads it
card                   what it learned from, under which licence, how well it did on what was held out, its limits
learned                the numbers
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mixassist.audio.atomic import atomic_path
from mixassist.errors import ModelError

FORMAT_VERSION = 1
DATA = Path(__file__).parent / "data"


def write_learned(path: Path, kind: str, card: Mapping[str, Any], learned: Mapping[str, Any]) -> None:
    """Writes the file; nothing is left behind when that fails.

    Raises:
        AudioError: when the disk refuses.
    """
    head = [f' "format_version": {FORMAT_VERSION}', f' "kind": {json.dumps(kind)}']
    parts = [f' "{name}": {{\n{_lines(values)}\n }}' for name, values in (("card", card), ("learned", learned))]
    with atomic_path(path) as part:
        part.write_text("{\n" + ",\n".join(head + parts) + "\n}\n", encoding="utf-8")


def read_learned(path: Path, kind: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The card and the numbers of a file of that kind.

    Raises:
        ModelError: when it is missing, no JSON, or of another kind or version.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): name a file that holds a {kind} model") from error
    except ValueError as error:
        raise ModelError(f"{path} is no {kind} model (not JSON: {error}): name one") from error
    found = (data.get("kind"), data.get("format_version")) if isinstance(data, dict) else (None, None)
    if found != (kind, FORMAT_VERSION):
        raise ModelError(f"{path} is no {kind} model of version {FORMAT_VERSION} (it says {found}): make it again")
    if not isinstance(data.get("card"), dict) or not isinstance(data.get("learned"), dict):
        raise ModelError(f"{path} lacks its card or its numbers: make it again")
    return data["card"], data["learned"]


def _lines(values: Mapping[str, Any]) -> str:
    return ",\n".join(f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in values.items())
