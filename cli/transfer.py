"""`mixassist transfer`: play as another, with models that name whose sound they learned from."""

from __future__ import annotations

import typer

from cli.transfer_credits import tell_credits
from cli.transfer_dataset import dataset

app = typer.Typer(help="Play as another: timbre models, and the data they learn from.", no_args_is_help=True)
app.command("dataset", epilog="Example: mixassist transfer dataset recordings -o my-voice --credits credits.toml")(
    dataset
)
app.command("credits", epilog="Example: mixassist transfer credits my-model")(tell_credits)
