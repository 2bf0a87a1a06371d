"""`late_names`: what a package offers, fetched when it is first asked for.

Task: who takes one name from a house need not hold all of its rooms in memory. PEP 562: a module's `__getattr__` is
asked for what it does not hold, its `__dir__` for what it shows.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module


def late_names(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package that offers names out of its modules.

    Args:
        package: its `__name__`.
        homes: each name, and the module below the package that it lives in.
    """

    def fetch(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    def show() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return fetch, show
