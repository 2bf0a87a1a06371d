"""`mixassist transfer credits`: whom a model learned from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.output import JSON_HELP, print_json, print_table

if TYPE_CHECKING:
    from transfer.credits import Credit


def tell_credits(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="A timbre's name or folder, or a data set's folder.")],
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Name everybody whose sound a model learned from, with their part in it."""
    from transfer.catalogue import find_timbre
    from transfer.credits import credits_of
    from transfer.dataset import open_dataset
    from transfer.dataset.manifest import MANIFEST

    folder = Path(model)
    named = open_dataset(folder).credits if (folder / MANIFEST).exists() else credits_of(find_timbre(model))
    if json:
        print_json({"model": model, "credits": [credit.to_dict() for credit in named]})
        return
    columns = ("who", "what they did", "licence", "consent", ">minutes", ">part", ">split")
    print_table("", columns, [_row(credit) for credit in named])


def _row(credit: Credit) -> tuple[str, ...]:
    who = credit.contributor
    return (
        who.name,
        f"{who.role} ({who.source})",
        who.licence,
        ", ".join(who.consent),
        f"{credit.seconds / 60:.1f}",
        f"{credit.share:.0%}",
        f"{who.split_percent:g} %",
    )
