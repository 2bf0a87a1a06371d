"""REAPER track templates and chains of effects: what was suggested, for a session that is there already.

A folder with all tracks and their sends as one template, and each track as a template and its effects as a chain, so
that a single one can be taken. A template holds no audio; a chain holds effects only, no fader, pan or send.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from mixassist.audio.atomic import disk_errors
from mixassist.errors import OptionError
from mixassist.suggest.export.reaper import (
    chain_plugins,
    master_plugins,
    one_track_lines,
    plugin_lines,
    reverb_plugins,
    track_lines,
)
from mixassist.suggest.export.session import ExportSession

TEMPLATE, CHAIN = ".RTrackTemplate", ".RfxChain"
FORBIDDEN = '<>:"/\\|?*'
"""What one system or another refuses in the name of a file."""


def write_reaper_templates(session: ExportSession, folder: Path) -> None:
    """Writes the templates and chains in place of what was exported there before; empty chains are left out.

    Raises:
        AudioError: when a file cannot be written.
        OptionError: when the folder holds anything else, which nobody meant to be replaced.
    """
    check_templates(folder)
    with disk_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix=".templates.", dir=folder.parent) as place:
            new, old = Path(place) / "new", Path(place) / "old"
            new.mkdir()
            for name, lines in reaper_templates(session).items():
                (new / name).write_text("\n".join([*lines, ""]), encoding="utf-8")
            if folder.exists():
                folder.rename(old)
            new.rename(folder)


def check_templates(folder: Path) -> None:
    """Refuses a folder that holds more than templates and chains.

    Raises:
        OptionError: naming what else is there.
    """
    others = [path.name for path in folder.iterdir() if path.suffix not in (TEMPLATE, CHAIN)] if folder.is_dir() else []
    if others:
        raise OptionError(f"{folder} holds {others[0]}, which is no template: move it away, or pass another -o DIR")


def reaper_templates(session: ExportSession) -> dict[str, list[str]]:
    """The lines of each file, by its name."""
    files = {f"all tracks{TEMPLATE}": list(track_lines(session, has_items=False))}
    for number, track in enumerate(session.tracks, start=1):
        name = f"{number:02d} {file_name(track.name)}"
        files[f"{name}{TEMPLATE}"] = list(one_track_lines(track, has_item=False))
        files[f"{name}{CHAIN}"] = plugin_lines(chain_plugins(track.suggestions))
    files[f"reverb{CHAIN}"] = plugin_lines(reverb_plugins(session))
    files[f"master{CHAIN}"] = plugin_lines(master_plugins(session))
    return {name: lines for name, lines in files.items() if lines}


def file_name(name: str) -> str:
    """A track's name as that of a file, on any system."""
    return "".join(_legal(name)).strip(". ") or "track"


def _legal(signs: Iterable[str]) -> Iterator[str]:
    return ("-" if sign in FORBIDDEN or sign < " " or "\ud800" <= sign <= "\udfff" else sign for sign in signs)
