"""`mixassist transfer dataset`: recordings become a data set that a model may learn from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, print_json, say
from mixassist.errors import OptionError

if TYPE_CHECKING:
    from transfer.dataset import TimbreDataset


def dataset(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Recordings of one instrument or voice.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DATASET", help="Folder for the data set.")],
    ledger: Annotated[
        Path | None,
        typer.Option("--credits", metavar="TOML", help="Whose sound it is; else credits.toml in FOLDER or DATASET."),
    ] = None,
    keep_outliers: Annotated[
        bool, typer.Option(help="Keep what sounds unlike the rest; it is named all the same.")
    ] = False,
    force: Annotated[bool, typer.Option(help="Replace a data set that is there.")] = False,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Cut, check and freeze recordings of one sound, with credits, for `transfer train`."""
    from cli.suggest_outputs import shown_progress
    from transfer.dataset import DatasetOptions, build_dataset
    from transfer.dataset.manifest import MANIFEST

    if (output / MANIFEST).exists() and not force:
        raise OptionError(f"{output} is a data set already: name another folder, or pass --force")
    options = DatasetOptions(credits=ledger, keep_outliers=keep_outliers)
    try:
        with shown_progress(folder.name) as tell:
            made = build_dataset(folder, output, options, tell)
    except KeyboardInterrupt as error:
        say("interrupted: nothing was written")
        raise typer.Exit(130) from error
    if json:
        print_json({"dataset": str(output), "sha256": made.sha256, **made.manifest})
        return
    _print_dataset(made)


def _print_dataset(made: TimbreDataset) -> None:
    seconds = made.manifest["seconds"]
    print(f"{made.path}: {sum(seconds.values()) / 60:.1f} minutes in {len(made.manifest['segments'])} segments")
