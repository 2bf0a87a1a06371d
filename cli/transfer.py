"""`mixassist transfer`: play as another, with models that name whose sound they learned from."""

from __future__ import annotations

import typer

from cli.transfer_credits import tell_credits
from cli.transfer_dataset import dataset
from cli.transfer_live import live
from cli.transfer_run import run
from cli.transfer_train import train

app = typer.Typer(help="Play as another: timbre models, and the data they learn from.", no_args_is_help=True)
app.command("dataset", epilog="Example: mixassist transfer dataset recordings -o my-voice --credits credits.toml")(
    dataset
)
app.command("credits", epilog="Example: mixassist transfer credits my-model")(tell_credits)
app.command("train", epilog="Example: mixassist transfer train my-voice -o my-model --minutes 30")(train)
app.command("run", epilog="Example: mixassist transfer run alto-sax phrase.wav -o sax.wav")(run)
app.command("live", epilog="Example: mixassist transfer live alto-sax --record take.wav")(live)
