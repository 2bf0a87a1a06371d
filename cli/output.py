"""What the command line says and where: results on stdout, everything else on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

JSON_HELP = "Print one machine-readable object on stdout, nothing else."


def notes() -> Console:
    """The console for progress and notes: stderr."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def say(message: str) -> None:
    """A note on stderr."""
    notes().print(message, markup=False, soft_wrap=True)


def how_to_go_on(use_resume: bool, use_force: bool) -> str:
    """What an interrupted batch says of what is not done yet, given what it does with earlier files."""
    if use_force:
        return "the same command begins anew; without --force it keeps them, and goes on unless other files are there"
    if not use_resume:
        return "without --no-resume the same command keeps them and goes on with the rest"
    return "the same command goes on with the rest"


def print_error(error: Exception) -> None:
    """One line on stderr, for an error that does not end the whole run."""
    print(f"mixassist: {error}", file=sys.stderr)


def print_json(data: Mapping[str, Any]) -> None:
    print(json.dumps(data, indent=2))


def failed_songs(failures: Mapping[Path, str]) -> list[dict[str, str]]:
    """What went wrong with each song, for `print_json`."""
    return [{"song": str(song), "error": message} for song, message in failures.items()]


def three_digits(number: float) -> str:
    """A measured number as people read it: 0.0724, 18.4, 5940."""
    return f"{float(f'{number:.3g}'):g}"


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on stdout; numbers are right-aligned by their column's leading '>'."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title or None, title_justify="left", show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table, markup=False)


def song_progress() -> Progress:
    """A progress display for songs: name, bar, chunk, × real time, time left."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = notes()
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[chunk]}"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,  # elsewhere nothing can be taken back, and an empty line would stay
    )
