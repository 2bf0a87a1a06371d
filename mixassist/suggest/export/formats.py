"""Which formats there are, where their files go, and who writes them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

from mixassist.audio.atomic import atomic_path
from mixassist.errors import OptionError
from mixassist.suggest.advice import MasterAdvice, MixAdvice
from mixassist.suggest.before_after import BeforeAfter, master_curves, mix_curves
from mixassist.suggest.export.session import ExportSession, master_session, mix_session

FORMATS = {"json": ".json", "html": ".html", "reaper": ".rpp", "templates": ".templates", "dawproject": ".dawproject"}
"""What each format's file is called by; templates are a folder."""


def plan_exports(formats: str, folder: Path | None, title: str) -> dict[str, Path]:
    """The files to write, by format; all formats when only a folder is named, none without both.

    Each is called by the title, dots and all: a folder's name has no suffix to lose.

    Raises:
        OptionError: for an unknown format, or formats without a folder.
    """
    named = [name.strip() for name in formats.split(",") if name.strip()]
    for name in named:
        if name not in FORMATS:
            raise OptionError(f"export {name!r} is unknown: there are {', '.join(FORMATS)}")
    if named and folder is None:
        raise OptionError(f"exports {', '.join(named)} need a place: pass -o DIR")
    if folder is None:
        return {}
    return {name: folder / f"{title}{FORMATS[name]}" for name in named or FORMATS}


def write_master_exports(
    advice: MasterAdvice, song: Path, files: Mapping[str, Path], reference: Path | None = None
) -> None:
    """Writes the advice for a song in each format of `files`; a reference is shown beside it.

    Raises:
        AudioError: when a file cannot be read or written.
    """
    if files:
        _write(advice, master_session(advice, song), files, lambda: master_curves(advice, song, reference))


def write_mix_exports(advice: MixAdvice, tracks: Mapping[str, Path], title: str, files: Mapping[str, Path]) -> None:
    """Writes the advice for tracks, given by name, in each format of `files`.

    Raises:
        AudioError: when a file cannot be read or written.
    """
    if files:
        _write(advice, mix_session(advice, tracks, title), files, lambda: mix_curves(advice, tracks))


def _write(
    advice: MixAdvice | MasterAdvice,
    session: ExportSession,
    files: Mapping[str, Path],
    listen: Callable[[], BeforeAfter],
) -> None:
    """Writes each file; only the page needs what `listen` hears."""
    from mixassist.suggest.export.dawproject import write_dawproject
    from mixassist.suggest.export.page import advice_page
    from mixassist.suggest.export.reaper import reaper_project
    from mixassist.suggest.export.reaper_templates import write_reaper_templates

    texts: dict[str, Callable[[], str]] = {
        "json": lambda: json.dumps(advice.to_dict(), indent=2) + "\n",
        "html": lambda: advice_page(advice, session, listen()),
        "reaper": lambda: reaper_project(session),
    }
    for name, path in files.items():
        if name == "templates":
            write_reaper_templates(session, path)
            continue
        with atomic_path(path) as temporary:
            if name == "dawproject":
                write_dawproject(session, temporary)
            else:
                temporary.write_text(texts[name](), encoding="utf-8", errors="replace")
