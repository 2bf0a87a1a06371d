"""Options that mean the same in every command that makes files from recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.output import JSON_HELP

Recordings = Annotated[list[Path], typer.Argument(help="Recordings, or folders of them.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="Folder for the files.")]
Depth = Annotated[str | None, typer.Option("--bit-depth", help="16, 24 or 32f; as the input if not given.")]
Resume = Annotated[bool, typer.Option(help="Keep recordings that are already done.")]
Force = Annotated[bool, typer.Option(help="Overwrite existing files.")]
Json = Annotated[bool, typer.Option("--json", help=JSON_HELP)]
RemovalPlot = Annotated[bool, typer.Option("--plot", help="Draw before, after and what was taken, as a PNG.")]
