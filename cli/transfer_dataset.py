"""`mixassist transfer dataset`: recordings become a data set that a model may learn from."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, print_json, print_table, say
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
    """Splits, what was found and what was left out, on stdout."""
    from transfer.dataset.card import findings_told
    from transfer.dataset.folder import AUDITION
    from transfer.dataset.judging import kind_of
    from transfer.dataset.manifest import SPLITS

    manifest = made.manifest
    seconds, left_out = manifest["seconds"], manifest["left_out"]
    rows = [(split, f"{seconds[split] / 60:.1f}", str(len(made.names(split)))) for split in SPLITS]
    print_table(f"{made.name}: {sum(seconds.values()) / 60:.1f} minutes", ("split", ">minutes", ">segments"), rows)
    if manifest["nearest_recording_db"] is not None:
        print(f"self-similarity: the nearest of another recording is {manifest['nearest_recording_db']:.1f} dB off")
    if manifest["coverage"] and manifest["coverage"]["missing_notes"]:
        print(f"hardly there: {', '.join(manifest['coverage']['missing_notes'])}")
    for message in findings_told(manifest):
        print(message)
    if left_out:
        reasons = Counter(kind_of(row["reason"]) for row in left_out)
        counted = ", ".join(f"{number} {reason}" for reason, number in reasons.most_common())
        print(f"left out: {counted}; listen to them in {made.path / AUDITION}")
    say(f"wrote {made.path}")
