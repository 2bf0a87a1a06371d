"""Where mixassist keeps what it can make again: converted models, compiled models, measured engine choices."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_dir() -> Path:
    """The cache folder, which need not exist yet.

    `MIXASSIST_CACHE` names it; else it is `mixassist` in `XDG_CACHE_HOME`, `LOCALAPPDATA` (Windows) or `~/.cache`.
    """
    named = os.environ.get("MIXASSIST_CACHE")
    if named:
        return Path(named).expanduser().absolute()
    parent = os.environ.get("LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME")
    return (Path(parent) if parent else Path.home() / ".cache") / "mixassist"


def open_cache_folder(*names: str) -> Path | None:
    """A folder within the cache, made if need be; None where nothing can be written, for a cache is never a must."""
    folder = cache_dir().joinpath(*names)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None
