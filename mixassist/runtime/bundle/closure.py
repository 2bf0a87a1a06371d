"""`house_modules`: the modules of this house that some of them need, found by reading what they import.

Conventions: imports of a module's own level are followed, and those inside of functions are not: they are what a house
with many doors loads late, and a stream must do without. What is written under `if TYPE_CHECKING` is for readers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from mixassist.errors import ModelError

HOUSES = ("mixassist", "separation", "transfer", "amp_models")
"""The packages that stream; the command line stays at home."""


def house_modules(entries: Iterable[str]) -> dict[str, Path]:
    """The file of each module that these need, themselves among them, by its dotted name.

    Raises:
        ModelError: when one of the entries is no module of the house.
    """
    found: dict[str, Path] = {}
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        path = _file_of(name)
        if path is None:
            raise ModelError(f"{name} is no module that a bundle can carry: name one of this house")
        found[name] = path
        waiting += _parents(name)
        waiting += [imported for imported in imports_of(path) if _file_of(imported) is not None]
    return dict(sorted(found.items()))


def imports_of(path: Path) -> set[str]:
    """Dotted names of what a file imports as it is loaded; of `from a import b` both a and a.b: it may be a module."""
    return set(_imports(ast.parse(path.read_text(encoding="utf-8"))))


def in_library(path: Path, name: str) -> str:
    """Where the file of a module lies below a folder of modules."""
    parts = name.split(".")
    return "/".join([*parts, "__init__.py"] if path.name == "__init__.py" else [*parts[:-1], f"{parts[-1]}.py"])


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or _is_for_readers(node):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from _imports(node)


def _is_for_readers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts))]


def _file_of(name: str) -> Path | None:
    """The file of a module of the house; None for anything else. Nothing is imported for it."""
    top, *rest = name.split(".")
    folder = _houses().get(top)
    if folder is None:
        return None
    path = folder.joinpath(*rest)
    for file in (path / "__init__.py", path.with_name(f"{path.name}.py")):
        if file.is_file():
            return file
    return None


@cache
def _houses() -> dict[str, Path]:
    """The folders of the packages that are installed beside this one and carry its mark."""
    site = Path(__file__).resolve().parents[3]
    return {mark.parent.name: mark.parent for mark in site.glob("*/py.typed") if mark.parent.name in HOUSES}
