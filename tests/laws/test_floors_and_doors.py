"""Law 9: imports run downhill, and every heavy library has its door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter.api import read_configuration
from importlinter.cli import lint_imports

from tests.conftest import ROOT
from tests.laws.front_doors import HEAVY, PACKAGES

WRITTEN_IN_ONE = (
    *("*/net.py", "*/net_layers.py", "*/training.py", "*/runtime/layers/*.py"),
    *("*/separation/batches.py", "*/separation/learning.py", "*/separation/mask_loss.py", "*/separation/validation.py"),
    *("*/instrument/learned_room.py", "*/instrument/loss.py", "*/instrument/passage.py", "*/instrument/rendering.py"),
    *("*/transfer/kept_state.py", "*/texture/loss.py"),
    *("*/demucs_adapter.py", "*/demucs_planar.py", "*/planar_layers.py"),
    *("*/torch_learner.py", "*/spectral_loss.py", "*/learning/rows.py"),
)
"""Files that are torch or numba through and through and cannot wait with the import; law 10 sees that others wait."""

OTHERS = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if not any(path.match(pattern) for pattern in WRITTEN_IN_ONE)
)


def imported_at_once(tree: ast.AST) -> Iterator[str]:
    """Top-level names a module imports when it is imported itself: not inside functions, not for types alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").split(".")[0]
        else:
            yield from imported_at_once(node)


def test_floors_and_doors_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(cache_dir=None) == 0, capsys.readouterr().out


def test_every_heavy_library_has_a_door() -> None:
    contracts = read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    guarded = {name for contract in contracts for name in contract.get("forbidden_modules", [])}
    assert HEAVY - guarded == set(), "forbidden nowhere: name their door in pyproject.toml"


@pytest.mark.parametrize("path", OTHERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_doors_open_late(path: Path) -> None:
    early = HEAVY & set(imported_at_once(ast.parse(path.read_text(encoding="utf-8"))))
    assert not early, f"import {', '.join(sorted(early))} inside the function that needs it"
